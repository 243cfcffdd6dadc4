-- expect: limit_memory reward
return function(s)
  local piece = (" "):rep(65536)
  return load(function() return piece end) and 1 -- here
end
