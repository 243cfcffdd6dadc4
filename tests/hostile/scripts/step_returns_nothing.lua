-- expect: script_error environment
-- says: step
local world = { actions = { "a", "b" }, observation = { "x" }, max_steps = 50 }
function world.reset(s) s.x = 0 end
function world.step(s) end -- here
function world.reward(s) return 0 end
return world
