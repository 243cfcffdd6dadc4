-- found: not_finite.lua:9:
-- Divides by a deviation that is 0 when a batch is one step.
local o = options(..., { episodes = 10 })
return function(run, policy, optimizer, learning_rate)
  for p in run:updates() do
    local batch = run:collect { episodes = o.episodes }
    local weights = lure.discounted_returns(batch.rewards, batch.ends, 1)
    weights = weights / (weights:deviation() * 0)
    optimizer:step(policy, policy:gradient(batch.observations, batch.actions, weights), learning_rate(p))
  end
end
