-- expect: limit_step_time reward
local t = setmetatable({}, { __index = function() return 1 end, __newindex = function() end }) -- here
return function(s)
  table.move(t, 1, 99999999, 2) -- here
  return 0
end
