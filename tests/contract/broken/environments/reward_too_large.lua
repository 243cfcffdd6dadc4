-- expect: the reward lies between -1e+09 and 1e+09
local world = { actions = { "left", "right" }, observation = { "place" }, max_steps = 20 }
function world.reset(s) s.place = 0 end
function world.step(s, action)
  s.place = s.place + (action == "right" and 1 or -1)
  return math.abs(s.place) >= 3
end
function world.reward(s, action) return action == "right" and 1e9 or -1e9 end
return world
