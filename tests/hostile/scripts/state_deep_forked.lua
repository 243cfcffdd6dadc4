-- expect: script_error experiment
local function deep(s)
  s.x = 0
  local t = s
  for _ = 1, 100000 do t.t = {} t = t.t end
end
return {
  environment = { actions = { "a", "b" }, observation = { "x" }, reset = deep, step = function() return true end, reward = function() return 1 end },
  learning_rate = 1, policy = { "linear", "categorical" }, updates = 2,
  algorithm = function(run) run:collect { steps = 1 } run:fork():snapshot() end, -- here
}
