-- expect: limit_step_time reward
-- says: time limit
local evil = setmetatable({}, { __tostring = function() while true do end end }) -- here
return function(s) error(evil) end
