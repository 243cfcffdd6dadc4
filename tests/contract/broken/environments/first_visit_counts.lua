-- expect: put back to step 3 of episode
local world = { actions = { "left", "right" }, observation = { "fresh" }, max_steps = 20 }
local seen = {}
function world.reset(s) s.fresh, s.code = 0, 0 end
function world.step(s, action, rng)
  s.code = rng:uniform()
  s.fresh = seen[s.code] and 0 or 1
  seen[s.code] = true
  return false
end
function world.reward(s) return s.fresh end
return world
