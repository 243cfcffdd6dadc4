-- expect: limit_step_time reward
local o = options(..., setmetatable({}, { __index = function() while true do end end, __pairs = function() while true do end end }))
return function(s) while true do o = o end end -- here
