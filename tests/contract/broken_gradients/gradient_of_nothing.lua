-- found: the expected gradient is 0 in bandit/linear
-- Without weights the gradient of the cross-entropy is 0 in expectation, whatever the rewards.
local o = options(..., { episodes = 10 })
return function(run, policy, optimizer, learning_rate)
  for p in run:updates() do
    local batch = run:collect { episodes = o.episodes }
    optimizer:step(policy, policy:gradient(batch.observations, batch.actions), learning_rate(p))
  end
end
