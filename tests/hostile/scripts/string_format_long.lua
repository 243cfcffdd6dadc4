-- expect: limit_memory reward
return function(s)
  local long = ("x"):rep(1 << 22)
  return #(("%s"):rep(20)):format(long, long, long, long, long, long, long, long, long, long, long, long, long, long, long, long, long, -- here
    long, long, long)
end
