-- expect: legal[1] was
local world = { actions = { "left", "right" }, observation = { "place" }, max_steps = 20 }
local asked = 0
function world.reset(s) s.place = 0 end
function world.step(s, action)
  s.place = s.place + (action == "right" and 1 or -1)
  return math.abs(s.place) >= 4
end
function world.legal()
  asked = asked + 1
  return asked % 3 == 0 and { "right" } or { "left", "right" }
end
function world.reward(s) return s.place end
return world
