-- expect: in another process with the same seed
local world = { actions = { "left", "right" }, observation = { "kept" }, max_steps = 20 }
function world.reset(s) s.kept = 0 end
function world.step(s)
  local weak, n = setmetatable({}, { __mode = "v" }), 0
  collectgarbage()
  for i = 1, 1000 do weak[i] = { i } end
  for i = 1, 1000 do n = n + (weak[i] and 1 or 0) end
  s.kept = n
  return false
end
function world.reward(s) return s.kept end
return world
