-- expect: limit_step_time reward
local t = setmetatable({}, { __len = function() while true do end end }) -- here
return function(s) return #t end
