-- expect: nothing reads 'max_step'; did you mean 'max_steps'?
local world = { actions = { "left", "right" }, observation = { "place" }, max_step = 20 }
function world.reset(s) s.place = 0 end
function world.step(s, action)
  s.place = s.place + (action == "right" and 1 or -1)
  return math.abs(s.place) >= 3
end
function world.reward(s) return s.place end
return world
