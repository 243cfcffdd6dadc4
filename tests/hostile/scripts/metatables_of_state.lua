-- expect: ok environment
local world = { actions = { "a", "b" }, observation = { "x" }, max_steps = 3 }
function world.reset(s)
  s.x = 0
  pcall(setmetatable, s, { __mode = "kv", __metatable = "mine", __index = function() error("no") end, __newindex = function() error("no") end,
                           __len = function() return -1 end, __pairs = function() error("no") end, __eq = function() error("no") end })
  assert(not pcall(setmetatable, s, {}) or true)
end
function world.step(s) rawset(s, "x", 1) collectgarbage() return false end
function world.reward(s) return 1 end
return world
