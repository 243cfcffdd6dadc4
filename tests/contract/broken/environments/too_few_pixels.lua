-- expect: observation 'pixels[3]'
local world = { actions = { "left", "right" }, observation = { { "pixels", size = 3, low = 0, high = 1 } },
                max_steps = 20 }
function world.reset(s) s.pixels = { 0, 1, 0 } end
function world.step(s, action)
  if action == "right" then s.pixels[3] = nil end
  return false
end
function world.reward() return 1 end
return world
