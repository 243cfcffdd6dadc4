-- expect: limit_step_time reward
local t = setmetatable({}, { __tostring = function() while true do end end }) -- here
return function(s) return #("%s"):format(t) end
