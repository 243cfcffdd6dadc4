-- expect: when the step was taken alone from a copy of s
local world = { actions = { "left", "right" }, observation = { "place" }, max_steps = 20 }
local goal = 3
function world.reset(s, rng) s.place, goal = 0, rng:integer(2, 9) end
function world.step(s, action)
  s.place = s.place + (action == "right" and 1 or -1)
  return math.abs(s.place) >= goal
end
function world.reward(s) return s.place end
return world
