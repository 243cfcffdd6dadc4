-- found: the parameters at the first step depend on what was lived through in bandit/linear
-- Steps once by hand before the optimizer does. For policies with one bias.
return function(run, policy, optimizer, learning_rate)
  for p in run:updates() do
    local batch = run:collect { episodes = 1 }
    local gradient = policy:gradient(batch.observations, batch.actions, batch.rewards)
    policy.parameters.bias = policy.parameters.bias + batch.rewards:sum()
    optimizer:step(policy, gradient, learning_rate(p))
  end
end
