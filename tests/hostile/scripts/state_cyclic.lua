-- expect: ok environment
local world = { actions = { "a", "b" }, observation = { "x" }, max_steps = 3 }
function world.reset(s) s.x, s.s, s[s] = 0, s, s end
function world.step(s) s.deeper = { s, s.deeper } return false end
function world.reward(s) return 1 end
return world
