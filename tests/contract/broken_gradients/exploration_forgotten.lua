-- found: the sign is wrong for observation 'start' in tree/bernoulli
-- Acts with another policy than it learns, and does not weigh with the ratio of the two. For policies with one bias.
local o = options(..., { episodes = 10, push = 3 })
return function(run, policy, optimizer, learning_rate)
  for p in run:updates() do
    local own = policy.parameters.bias
    policy.parameters.bias = own + o.push
    local batch = run:collect { episodes = o.episodes }
    policy.parameters.bias = own
    local returns = lure.discounted_returns(batch.rewards, batch.ends, 1)
    optimizer:step(policy, policy:gradient(batch.observations, batch.actions, returns), learning_rate(p))
  end
end
