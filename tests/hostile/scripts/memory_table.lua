-- expect: limit_memory reward
return function(s)
  local t = {}
  for i = 1, math.huge do t[i] = i end -- here
end
