-- expect: limit_step_time reward
local m = { __eq = function() while true do end end } -- here
return function(s) return setmetatable({}, m) == setmetatable({}, m) and 1 or 0 end
