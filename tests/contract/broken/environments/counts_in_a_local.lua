-- expect: look at the local 'count'
local world = { actions = { "left", "right" }, observation = { "place" }, max_steps = 20 }
local count = 0
function world.reset(s)
  count = count + 1
  s.place = count % 2
end
function world.step(s, action)
  s.place = s.place + (action == "right" and 1 or -1)
  return math.abs(s.place) >= 3
end
function world.reward(s) return s.place end
return world
