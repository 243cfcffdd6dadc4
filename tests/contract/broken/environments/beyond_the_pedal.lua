-- expect: with the action 2
local world = { actions = { low = -2, high = 2 }, observation = { "speed" }, max_steps = 20 }
function world.reset(s) s.speed = 0 end
function world.step(s, pedal)
  s.speed = s.speed + 1 / (2 - pedal)
  return false
end
function world.reward(s) return math.min(s.speed, 1) end
return world
