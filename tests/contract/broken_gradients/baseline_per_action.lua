-- found: the expected step leads elsewhere in bandit/network
-- The baseline is the mean return of the steps that took the same action: it takes away what is to be learned.
local o = options(..., { episodes = 10 })
return function(run, policy, optimizer, learning_rate)
  for p in run:updates() do
    local batch = run:collect { episodes = o.episodes }
    local returns = lure.discounted_returns(batch.rewards, batch.ends, 1):to_table()
    local sum, n = {}, {}
    for i, r in ipairs(returns) do
      local action = batch.actions[i]
      sum[action], n[action] = (sum[action] or 0) + r, (n[action] or 0) + 1
    end
    for i, r in ipairs(returns) do returns[i] = r - sum[batch.actions[i]] / n[batch.actions[i]] end
    optimizer:step(policy, policy:gradient(batch.observations, batch.actions, lure.tensor(returns)), learning_rate(p))
  end
end
