-- expect: script_error experiment
local the_run
return {
  environment = "fry_shacks", schedule = "uniform_hunger", learning_rate = 1, policy = { "linear", "categorical" }, updates = 2,
  reward = function(s) the_run:collect { steps = 1 } return 0 end, -- here
  algorithm = function(run) the_run = run run:collect { episodes = 1 } end, -- here
}
