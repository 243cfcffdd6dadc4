-- expect: limit_step_time experiment
local experiment = {
  environment = "fry_shacks", schedule = "uniform_hunger", learning_rate = 1, policy = { "linear", "categorical" }, updates = 2,
  algorithm = "policy_gradient", limits = { step_seconds = 1e6, memory_mb = 1e7 },
}
function experiment.reward(s)
  experiment.limits.step_seconds, experiment.limits = 1e6, { step_seconds = 1e6, memory_mb = 1e7 }
  while true do end -- here
end
return experiment
