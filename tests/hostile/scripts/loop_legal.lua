-- expect: limit_step_time environment
local world = { actions = { "a", "b" }, observation = { "x" } }
function world.reset(s) s.x = 0 end
function world.step(s) return true end
function world.legal(s)
  ::again::
  goto again -- here
end
function world.reward(s) return 0 end
return world
