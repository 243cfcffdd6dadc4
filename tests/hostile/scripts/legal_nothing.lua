-- expect: script_error environment
local world = { actions = { "a", "b" }, observation = { "x" }, max_steps = 5 }
function world.reset(s) s.x = 0 end
function world.step(s) return false end
function world.legal(s) return {} end -- here
function world.reward(s) return 0 end
return world
