-- expect: observation 'place' was 4; expected a whole number from 0 to 3, as n = 4 says
local world = { actions = { "left", "right" }, observation = { { "place", n = 4 } }, max_steps = 20 }
function world.reset(s) s.place = 1 end
function world.step(s, action)
  s.place = math.max(0, s.place + (action == "right" and 1 or -1))
  return s.place >= 4
end
function world.reward(s) return s.place end
return world
