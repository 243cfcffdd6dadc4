-- expect: limit_step_time reward
local t = setmetatable({}, { __concat = function() while true do end end }) -- here
return function(s) return #("a" .. t .. "b") end
