-- expect: the input of reset may not be written
local world = { actions = { "left", "right" }, observation = { "place" }, max_steps = 20 }
function world.reset(s, rng, input)
  s.place = input.start
  input.start = nil
end
function world.step(s, action)
  s.place = s.place + (action == "right" and 1 or -1)
  return math.abs(s.place) >= 3
end
function world.reward(s) return s.place end
return world
