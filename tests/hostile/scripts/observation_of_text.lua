-- expect: script_error environment
-- says: observation 'x' (number 1) is "zero" (a string); expected a finite number
local world = { actions = { "a", "b" }, observation = { "x" } }
function world.reset(s) s.x = "zero" end -- here
function world.step(s) return true end
function world.reward(s) return 1 end
return world
