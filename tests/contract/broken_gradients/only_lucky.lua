-- found: nothing is learned about observation 'plain' in bandit/linear
-- Learns only from what went well: what a return lacks to 1.5 is cut off.
local o = options(..., { episodes = 10 })
return function(run, policy, optimizer, learning_rate)
  for p in run:updates() do
    local batch = run:collect { episodes = o.episodes }
    local returns = lure.discounted_returns(batch.rewards, batch.ends, 1):to_table()
    for i, r in ipairs(returns) do returns[i] = math.max(r - 1.5, 0) end
    optimizer:step(policy, policy:gradient(batch.observations, batch.actions, lure.tensor(returns)), learning_rate(p))
  end
end
