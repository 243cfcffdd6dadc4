-- expect: script_error experiment
-- says: enough
-- the run, the policy and the optimizer in the hands of a reward
local the_run, the_policy, the_optimizer
return {
  environment = "fry_shacks", schedule = "uniform_hunger", learning_rate = 1, policy = { "linear", "categorical" }, updates = 20,
  reward = function(s)
    if the_run then
      pcall(the_run.evaluate, the_run, { episodes = 1 })
      pcall(the_run.collect, the_run, { episodes = 1 })
      pcall(function() for _ in the_run:updates() do break end end)
      pcall(function() the_run:fork():step("norm") end)
      pcall(the_policy.load, the_policy, lure.zeros(the_policy.n_parameters, "float32"))
      pcall(the_optimizer.step, the_optimizer, the_policy, lure.ones(the_policy.n_parameters, "float32"), 1)
      pcall(differentiate, function() the_run:collect { episodes = 1 } return 1 end, the_policy)
      pcall(the_run.log, the_run, { reward = 1 })
    end
    return 0
  end,
  algorithm = function(run, policy, optimizer)
    the_run, the_policy, the_optimizer = run, policy, optimizer
    for p in run:updates() do
      local batch = run:collect { episodes = 5 }
      pcall(differentiate, function() return sum(policy:evaluate(batch.observations, batch.actions)) end, policy)
      run:log { reward = batch.episodic_return }
    end
    error("enough") -- here
  end,
}
