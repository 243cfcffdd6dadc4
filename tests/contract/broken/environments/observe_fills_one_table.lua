-- expect: observe fills one table again and again
local world = { actions = { "left", "right" }, observation = 1, max_steps = 20 }
local seen = {}
function world.reset(s) s.place = 0 end
function world.step(s, action)
  s.place = s.place + (action == "right" and 1 or -1)
  return math.abs(s.place) >= 3
end
function world.observe(s)
  seen[1] = s.place
  return seen
end
function world.reward(s) return s.place end
return world
