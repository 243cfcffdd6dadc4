-- expect: limit_step_time reward
local t = setmetatable({}, { __call = function(t, ...) return t(...) end }) -- here
return function(s) return t(1) end
