-- found: the expected gradient is 0 in bandit/value
-- The advantage is what is left of the return when the return is taken away: the baseline knows what came.
local o = options(..., { episodes = 10 })
return function(run, policy, optimizer, learning_rate)
  for p in run:updates() do
    local batch = run:collect { episodes = o.episodes }
    local returns = lure.discounted_returns(batch.rewards, batch.ends, 1)
    local _, gradient = differentiate(function()
      local log_prob, _, value = policy:evaluate(batch.observations, batch.actions)
      local advantage = returns - (stop_gradient(value) + (returns - stop_gradient(value)))
      return -mean(log_prob * advantage) + mean((value - returns) ^ 2)
    end, policy)
    optimizer:step(policy, gradient, learning_rate(p))
  end
end
