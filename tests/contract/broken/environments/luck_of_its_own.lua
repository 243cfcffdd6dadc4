-- expect: all chance comes from rng
local world = { actions = { "left", "right" }, observation = { "place" }, max_steps = 20 }
local luck = lure.rng(7)
function world.reset(s) s.place = luck:integer(-1, 1) end
function world.step(s, action)
  s.place = s.place + (action == "right" and 1 or -1)
  return math.abs(s.place) >= 3
end
function world.reward(s) return s.place end
return world
