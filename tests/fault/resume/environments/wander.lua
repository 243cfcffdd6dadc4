-- A walk whose steps' size is a variable of the file, and whose state holds tables that share one another.
local size = 0
local wander = {
  actions = { "left", "right" },
  observation = { { "place", low = -9, high = 9 }, { "there", { { "x", low = -9, high = 9 } } } },
  max_steps = 9,
}

function wander.reset(s, rng, input)
  size = size + 1
  s.place, s.there = rng:uniform(-1, 1), { x = input.at }
  s.trail = { s.there }
end

function wander.step(s, action, rng)
  s.place = s.place + (action == "left" and -1 or 1) / (1 + size % 5) + math.random() * 0.1
  s.there.x = s.trail[#s.trail].x + rng:normal(0, 0.1)
  s.trail[#s.trail + 1] = s.there
  s.place = clamp(s.place, -9, 9)
  s.there.x = clamp(s.there.x, -9, 9)
  return math.abs(s.place) > 2
end

function wander.reward(s) return -math.abs(s.place - s.there.x), { trail = #s.trail, size = size } end

return wander
