-- expect: the environment's 'max_steps' is 2.5
local world = { actions = { "left", "right" }, observation = { "place" }, max_steps = 2.5 }
function world.reset(s) s.place = 0 end
function world.step(s, action)
  s.place = s.place + (action == "right" and 1 or -1)
  return math.abs(s.place) >= 3
end
function world.reward(s) return s.place end
return world
