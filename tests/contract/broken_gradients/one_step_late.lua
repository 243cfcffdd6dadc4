-- found: the expected gradient is 0 in bandit/linear
-- The weight of a step is the return from the step after it on: credit goes to the wrong action.
local o = options(..., { episodes = 10 })
return function(run, policy, optimizer, learning_rate)
  for p in run:updates() do
    local batch = run:collect { episodes = o.episodes }
    local later = lure.discounted_returns(batch.rewards, batch.ends, 1) - batch.rewards
    optimizer:step(policy, policy:gradient(batch.observations, batch.actions, later), learning_rate(p))
  end
end
