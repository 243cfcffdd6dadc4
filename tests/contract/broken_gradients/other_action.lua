-- found: the sign is wrong in bandit/linear
-- Ends in the place of actions: the last of a batch's columns, not the second.
local o = options(..., { episodes = 10 })
return function(run, policy, optimizer, learning_rate)
  for p in run:updates() do
    local batch = run:collect { episodes = o.episodes }
    local returns = lure.discounted_returns(batch.rewards, batch.ends, 1)
    optimizer:step(policy, policy:gradient(batch.observations, batch.ends, returns), learning_rate(p))
  end
end
