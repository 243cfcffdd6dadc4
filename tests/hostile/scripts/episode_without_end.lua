-- expect: limit_memory environment
-- says: no memory for a rollout
-- the world never ends an episode, and the algorithm waits for one
local world = { actions = { "a", "b" }, observation = { "x" } }
function world.reset(s) s.x = 0 end
function world.step(s) return false end
function world.reward(s) return 0 end
return world
