-- expect: limit_step_time reward
local function spin(n) return spin(n + 1) end -- here
return function(s) return spin(0) end
