-- expect: limit_memory reward
local base = ("x"):rep(1 << 12)
return function(s)
  local t = {}
  for i = 1, math.huge do t[base:rep(1 << 8) .. i] = i end -- here
end
