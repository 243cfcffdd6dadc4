-- expect: limit_step_time environment
local world = { actions = { "a", "b" }, observation = { "x" } }
function world.reset(s) s.x = 0 end
function world.step(s) return true end
local function spin(n) return spin(n + 1) end
local function round(n) return (function(k) while true do k = k + 1 end end)(n) end -- here
function world.reward(s) return round(spin and 0) end
return world
