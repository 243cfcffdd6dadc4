-- expect: script_error experiment
-- says: attempt to yield across a C-call boundary
return {
  environment = "fry_shacks", schedule = "uniform_hunger", learning_rate = 1, policy = { "linear", "categorical" }, updates = 2,
  reward = function(s) coroutine.yield(1) return 0 end, -- here
  algorithm = function(run) coroutine.wrap(function() run:collect { episodes = 1 } end)() end, -- here
}
