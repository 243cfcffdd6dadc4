-- expect: limit_memory reward
return function(s)
  local t = {}
  for i = 1, math.huge do t[("x"):rep(1 << 16) .. i] = i end -- here
end
