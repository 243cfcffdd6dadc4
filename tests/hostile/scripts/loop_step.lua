-- expect: limit_step_time environment
-- says: (environment 'loop_step', update 1, episode 1, step 3)
local world = { actions = { "a", "b" }, observation = { "x" }, max_steps = 5 }
function world.reset(s) s.x = 0 end
function world.step(s)
  s.x = s.x + 1
  while s.x > 2 do end -- here
  return false
end
function world.reward(s) return 0 end
return world
