-- expect: limit_step_time reward
local t = setmetatable({}, { __newindex = function(_, k, v) repeat until v ~= v end }) -- here
return function(s) t[1] = 1 return 0 end
