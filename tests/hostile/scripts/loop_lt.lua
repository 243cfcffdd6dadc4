-- expect: limit_step_time reward
local m = { __lt = function() while true do end end } -- here
return function(s) return math.max(setmetatable({}, m), setmetatable({}, m)) end
