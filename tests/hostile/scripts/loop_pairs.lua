-- expect: limit_step_time reward
local t = setmetatable({}, { __pairs = function() return function() return 1 end end }) -- here
return function(s)
  for _ in pairs(t) do end -- here
  return 0
end
