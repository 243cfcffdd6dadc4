-- found: the gradient is not the derivative of its loss in bandit/linear: differentiate, weight
-- Reads numbers out of a tensor inside the loss: to the tape they are constants, so their part of it is missing.
local o = options(..., { episodes = 10 })
return function(run, policy, optimizer, learning_rate)
  for p in run:updates() do
    local batch = run:collect { episodes = o.episodes }
    local returns = lure.discounted_returns(batch.rewards, batch.ends, 1)
    local _, gradient = differentiate(function()
      local log_prob = policy:evaluate(batch.observations, batch.actions)
      local sure = 0
      for _, x in ipairs(log_prob:to_table()) do sure = sure + x ^ 2 end
      return -mean(log_prob * returns) * (1 + sure)
    end, policy)
    optimizer:step(policy, gradient, learning_rate(p))
  end
end
