-- expect: limit_step_time schedule
return function(rng) return setmetatable({}, { __index = function() while true do end end }) end -- here
