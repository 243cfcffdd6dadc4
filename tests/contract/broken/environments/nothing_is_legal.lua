-- expect: what is legal is an empty list
local world = { actions = { "left", "right" }, observation = { "place" }, max_steps = 20 }
function world.reset(s) s.place = 0 end
function world.step(s, action)
  s.place = s.place + (action == "right" and 1 or -1)
  return math.abs(s.place) >= 4
end
function world.legal(s) return s.place >= 2 and {} or { "left", "right" } end
function world.reward(s) return s.place end
return world
