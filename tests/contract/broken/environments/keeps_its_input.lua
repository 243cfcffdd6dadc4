-- expect: the input of reset is kept or written to
-- with: --schedule listed_hunger
local world = { actions = { "eat", "wait" }, observation = { "full" }, max_steps = 20 }
function world.reset(s, rng, input)
  s.body = input
  s.full = 0
end
function world.step(s, action)
  s.body.hunger = action == "eat" and 0 or s.body.hunger + 0.125
  s.full = 1 - s.body.hunger
  return s.body.hunger > 2
end
function world.reward(s) return s.full end
return world
