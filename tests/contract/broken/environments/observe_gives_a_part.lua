-- expect: observe gives a part of s, which step changes
local world = { actions = { "left", "right" }, observation = 2, max_steps = 20 }
function world.reset(s) s.cells = { 0, 0 } end
function world.step(s, action)
  local i = action == "right" and 2 or 1
  s.cells[i] = s.cells[i] + 1
  return s.cells[i] >= 5
end
function world.observe(s) return s.cells end
function world.reward(s) return s.cells[2] end
return world
