-- found: the expected gradient is 0 in bandit/linear
-- The ratio's denominator moves with its numerator: the log-probability at collection is to be taken before.
local o = options(..., { episodes = 10, clip = 0.2 })
return function(run, policy, optimizer, learning_rate)
  for p in run:updates() do
    local batch = run:collect { episodes = o.episodes }
    local returns = lure.discounted_returns(batch.rewards, batch.ends, 1)
    local _, gradient = differentiate(function()
      local log_prob = policy:evaluate(batch.observations, batch.actions)
      local ratio = exp(log_prob - log_prob)
      return -mean(minimum(ratio * returns, clamp(ratio, 1 - o.clip, 1 + o.clip) * returns))
    end, policy)
    optimizer:step(policy, gradient, learning_rate(p))
  end
end
