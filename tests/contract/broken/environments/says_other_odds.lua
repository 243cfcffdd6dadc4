-- expect: as transitions gives it probability
local world = { actions = { "left", "right" }, observation = { { "place", n = 5 } }, max_steps = 20 }
function world.reset(s) s.place = 2 end
function world.step(s, action, rng)
  local way = rng:bernoulli(0.2) and 0 or action == "right" and 1 or -1
  s.place = s.place + way
  return s.place == 0 or s.place == 4
end
function world.reward(s) return s.place == 4 and 1 or 0 end
function world.transitions(place, action)
  if place == 0 or place == 4 then return { { probability = 1, next = place, reward = 0, terminated = true } } end
  local next_place = place + (action == "right" and 1 or -1)
  return {
    { probability = 0.3, next = place, reward = 0, terminated = false },
    { probability = 0.7, next = next_place, reward = next_place == 4 and 1 or 0, terminated = next_place == 0 or next_place == 4 },
  }
end
return world
