-- One visit, one update: derivative of the cross-entropy of the action taken, times the reward (Williams 1992).
return function(run, policy, optimizer, learning_rate)
  for p in run:updates() do
    local batch = run:collect { episodes = 1 }
    local gradient = policy:gradient(batch.observations, batch.actions, batch.rewards)
    optimizer:step(policy, gradient, learning_rate(p))
    run:log { bias = policy.parameters.bias, reward = batch.episodic_return }
  end
end
