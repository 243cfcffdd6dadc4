-- expect: limit_step_time reward
local t = setmetatable({}, { __index = function(t, k) return t[k + 1] == nil or true end })
local u = setmetatable({}, { __index = function(_, k) while true do k = k + 1 end end }) -- here
return function(s) return (t == u and 0 or u[1]) end
