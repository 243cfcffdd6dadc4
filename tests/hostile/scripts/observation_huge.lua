-- expect: script_error environment
local world = { actions = { "a", "b" }, observation = { { "x", size = 1 << 50 } } }
function world.reset(s) s.x = {} end
function world.step(s) return true end
function world.reward(s) return 1 end
return world
