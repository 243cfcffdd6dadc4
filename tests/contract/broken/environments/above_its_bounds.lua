-- expect: observation 'place' was 3; expected at most its declared high = 1
local world = { actions = { "left", "right" }, observation = { { "place", low = -3, high = 1 } }, max_steps = 20 }
function world.reset(s) s.place = 0 end
function world.step(s, action)
  s.place = s.place + (action == "right" and 1 or -1)
  return math.abs(s.place) >= 3
end
function world.reward(s) return s.place end
return world
