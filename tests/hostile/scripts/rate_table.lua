-- expect: script_error learning_rate
-- says: expected a finite number >= 0
return function(p) return setmetatable({}, { __tostring = function() return "1" end }) end -- here
