-- expect: script_error experiment
return {
  environment = { actions = { "a", "b" }, observation = { "x" }, reset = function(s) s.x, s.s = 0, s end,
                  step = function() return true end, reward = function() return 1 end },
  learning_rate = 1, policy = { "linear", "categorical" }, updates = 2,
  algorithm = function(run) run:collect { steps = 1 } run:fork():snapshot() end, -- here
}
