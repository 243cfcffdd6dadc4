-- expect: limit_step_time reward
local t = setmetatable({}, { __len = function() return 99999999 end, __index = function() return 1 end, -- here
                             __newindex = function() end }) -- here
return function(s)
  table.remove(t, 1) -- here
  return 0
end
