-- A hall to cross. It begins at input.place, or in the middle, and tells where it is between its walls.
local hall = { actions = { "left", "right" }, observation = { { "place", low = -3, high = 3 } }, max_steps = 20 }
function hall.reset(s, rng, input) s.place = input.place or 0 end
function hall.step(s, action)
  s.place = math.max(-3, math.min(3, s.place + (action == "right" and 1 or -1)))
  return s.place == 3
end
function hall.reward(s) return s.place == 3 and 1 or 0 end
return hall
