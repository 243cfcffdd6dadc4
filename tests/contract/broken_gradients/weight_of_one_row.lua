-- found: the sign is wrong for observation 'start' in tree/linear
-- The weight of the last step is that of all: an index that does not move.
local o = options(..., { episodes = 10 })
return function(run, policy, optimizer, learning_rate)
  for p in run:updates() do
    local batch = run:collect { episodes = o.episodes }
    local returns = lure.discounted_returns(batch.rewards, batch.ends, 1):to_table()
    for i = 1, #returns do returns[i] = returns[#returns] end
    optimizer:step(policy, policy:gradient(batch.observations, batch.actions, lure.tensor(returns)), learning_rate(p))
  end
end
