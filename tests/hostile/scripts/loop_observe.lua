-- expect: limit_step_time environment
local world = { actions = { "a", "b" }, observation = 1 }
function world.reset(s) end
function world.step(s) return true end
function world.observe(s) for i = 1, math.maxinteger do s.i = i end return { 0 } end -- here
function world.reward(s) return 0 end
return world
