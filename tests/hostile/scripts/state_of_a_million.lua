-- expect: limit_memory environment
local world = { actions = { "a", "b" }, observation = { "x" }, max_steps = 3 }
function world.reset(s) s.x = 0 for i = 1, 1e7 do s[i] = i end end -- here
function world.step(s) return false end
function world.reward(s) return 1 end
return world
