-- PPO as a user writes it, operation by operation (Schulman et al. 2017); whole episodes, so nothing is bootstrapped,
-- and what the time limit cut counts as ended.
local o = options(..., { episodes = 8, epochs = 4, minibatches = 4, discount = 0.99, lambda = 0.95, clip = 0.2,
                         entropy = 0.01, value = 0.5 })

return function(run, policy, optimizer, learning_rate)
  local rng = lure.rng(11)
  for p in run:updates() do
    local batch = run:collect { episodes = o.episodes }
    local n = batch.steps
    local old, _, values = policy:evaluate(batch.observations, batch.actions)
    local advantages, returns = lure.advantages(batch.rewards, values, minimum(batch.ends, 1):to("int32"),
                                                { discount = o.discount, lambda = o.lambda })
    local rate, last_loss = learning_rate(p)
    for _ = 1, o.epochs do
      local order = lure.permutation(n, rng)
      local size = n // o.minibatches
      for first = 1, n - size + 1, size do
        local rows = order:slice(1, first, first + size - 1)
        local b = { observations = take(batch.observations, rows), actions = take(batch.actions, rows),
                    log_prob = take(old, rows), advantages = lure.normalize(take(advantages, rows)),
                    returns = take(returns, rows) }
        local loss, gradient = differentiate(function()
          local log_prob, entropy, value = policy:evaluate(b.observations, b.actions)
          local ratio = exp(log_prob - b.log_prob)
          local surrogate = minimum(ratio * b.advantages, clamp(ratio, 1 - o.clip, 1 + o.clip) * b.advantages)
          return -mean(surrogate) - o.entropy * mean(entropy) + o.value * mean((value - b.returns) ^ 2) / 2
        end, policy)
        optimizer:step(policy, gradient, rate)
        last_loss = loss
      end
    end
    run:log { episodic_return = batch.episodic_return, loss = last_loss,
              explained_variance = lure.explained_variance(values, returns) }
  end
end
