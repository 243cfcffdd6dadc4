-- expect: limit_step_time batch
return setmetatable({}, { __index = function() while true do end end }) -- here
