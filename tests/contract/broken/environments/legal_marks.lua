-- expect: legal changes s: s.asked was 0, then 1
local world = { actions = { "left", "right" }, observation = { "place" }, max_steps = 20 }
function world.reset(s) s.place, s.asked = 0, 0 end
function world.step(s, action)
  s.place, s.asked = s.place + (action == "right" and 1 or -1), 0
  return math.abs(s.place) >= 4
end
function world.legal(s)
  s.asked = 1
  return { "left", "right" }
end
function world.reward(s) return s.place end
return world
