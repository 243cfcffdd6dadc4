-- expect: when the step was taken alone from a copy of s
local world = { actions = { "left", "right" }, observation = { "place" }, max_steps = 20 }
local mine
function world.reset(s)
  s.place = 0
  mine = s
end
function world.step(s, action)
  mine.place = mine.place + (action == "right" and 1 or -1)
  return math.abs(s.place) >= 3
end
function world.reward(s) return s.place end
return world
