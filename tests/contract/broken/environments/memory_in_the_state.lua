-- expect: when the episode was lived again in a fresh state
local world = { actions = { "left", "right" }, observation = { "place" }, max_steps = 20 }
function world.reset(s) s.place, s.name = 0, collectgarbage("count") end
function world.step(s, action)
  s.place = s.place + (action == "right" and 1 or -1)
  return math.abs(s.place) >= 3
end
function world.reward(s) return s.place end
return world
