-- expect: with the action 'arm200'
local world = { actions = {}, observation = {}, max_steps = 1 }
for arm = 1, 200 do world.actions[arm] = "arm" .. arm end
function world.reset() end
function world.step(s, action)
  s.arm = action
  if action == "arm200" then return "over" end
  return true
end
function world.reward() return 0 end
return world
