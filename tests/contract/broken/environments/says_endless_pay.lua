-- expect: 'reward' is inf; expected a finite number
local world = { actions = { "left", "right" }, observation = { { "place", n = 5 } }, max_steps = 20 }
function world.reset(s) s.place = 2 end
function world.step(s, action)
  s.place = s.place + (action == "right" and 1 or -1)
  return s.place == 0 or s.place == 4
end
function world.reward(s) return s.place end
function world.transitions() return { { probability = 1, next = 1, reward = 1 / 0, terminated = false } } end
return world
