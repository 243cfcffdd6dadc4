-- A training run that goes through most of the maths, for test_golden.sh to take a hash of: PPO's loss written out,
-- a value network, advantages, shuffled minibatches, clipping, Adam; and what scripts compute with math. Logs numbers
-- to their last bit.
local o = options(..., { steps = 64, minibatch = 32, clip = 0.2 })

local names = { "linear1.weight", "linear2.bias", "linear3.weight", "value.linear1.weight", "value.linear3.bias" }

local function digest(policy)
  local total = 0
  for _, name in ipairs(names) do
    local t = policy.parameters[name]
    total = total + (type(t) == "number" and t or t:sum()) * (1 + #name)
  end
  return total
end

return function(run, policy, optimizer, learning_rate)
  local rng = lure.rng(11)
  for p in run:updates() do
    local batch = run:collect { steps = o.steps }
    local old, _, values = policy:evaluate(batch.observations, batch.actions)
    local advantages, returns = lure.advantages(batch.rewards, values, batch.ends,
      { discount = 0.99, lambda = 0.95, last_value = values[o.steps], final_values = values })
    local order, loss, entropy_mean = lure.permutation(o.steps, rng)
    for first = 1, o.steps, o.minibatch do
      local rows = order:slice(1, first, first + o.minibatch - 1)
      local observations, actions = take(batch.observations, rows), take(batch.actions, rows)
      local weights, old_log_prob = lure.normalize(take(advantages, rows)), take(old, rows)
      local wanted = take(returns, rows)
      local gradient
      loss, gradient, entropy_mean = differentiate(function()
        local log_prob, entropy, value = policy:evaluate(observations, actions)
        local ratio = exp(log_prob - old_log_prob)
        local surrogate = minimum(ratio * weights, clamp(ratio, 1 - o.clip, 1 + o.clip) * weights)
        return -mean(surrogate) - 0.01 * mean(entropy) + 0.25 * mean((value - wanted) ^ 2), mean(entropy)
      end, policy)
      optimizer:step(policy, gradient, learning_rate(p))
    end
    local waves = math.exp(math.sin(p.update)) + math.log(1 + p.update) * math.cos(loss)
    local bends = softplus(lure.range(-3, 3, 0.5) * loss):sum() + gelu(values):sum()
    run:log { loss = loss, entropy = entropy_mean, parameters = digest(policy), advantage = advantages:sum(),
              mathematics = waves + math.atan(entropy_mean), softplus = bends + log1p(exp(advantages)):mean() }
  end
end
