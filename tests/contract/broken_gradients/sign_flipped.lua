-- found: the sign is wrong in bandit/linear: the expected step makes the return smaller (cosine -1.000
local o = options(..., { episodes = 10 })
return function(run, policy, optimizer, learning_rate)
  for p in run:updates() do
    local batch = run:collect { episodes = o.episodes }
    local returns = lure.discounted_returns(batch.rewards, batch.ends, 1)
    optimizer:step(policy, policy:gradient(batch.observations, batch.actions, returns * -1), learning_rate(p))
  end
end
