-- expect: limit_step_time environment
-- says: (environment 'loop_reset', update 1, episode 1
local world = { actions = { "a", "b" }, observation = { "x" } }
function world.reset(s) s.x = 0 repeat s.x = s.x + 1 until s.x < 0 end -- here
function world.step(s) return true end
function world.reward(s) return 0 end
return world
