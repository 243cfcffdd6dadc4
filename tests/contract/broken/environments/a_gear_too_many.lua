-- expect: with the action {'push', 'g170'}
local names, ratios = { name = "gear" }, {}
for i = 1, 240 do
  names[i] = "g" .. i
  ratios["g" .. i] = i ~= 170 and i / 240 or nil
end
local world = { actions = { { name = "pedal", "coast", "push" }, names }, observation = { "speed" }, max_steps = 20 }
function world.reset(s) s.speed = 0 end
function world.step(s, action)
  s.speed = s.speed + ratios[action[2]] * (action[1] == "push" and 1 or -1)
  return false
end
function world.reward(s) return s.speed / 20 end
return world
