-- Advantage actor-critic (A2C; Mnih et al. 2016 without the asynchrony): num_steps of every copy of the world, one
-- gradient. gae_lambda = 1 counts the rewards of those steps and the value of what follows them.
local o = options(..., { num_steps = 16, gamma = 0.99, gae_lambda = 1, norm_adv = false, ent_coef = 0.01,
                         vf_coef = 0.5 })

return function(run, policy, optimizer, learning_rate)
  for p in run:updates() do
    local batch = run:collect { steps = o.num_steps }
    local values = policy:values(batch.observations, { starts = batch.starts, state = batch.first_states })
    local advantages, returns = lure.advantages(batch.rewards, values, batch.ends,
      { discount = o.gamma, lambda = o.gae_lambda, final_values = policy:next_values(batch, values) })
    if o.norm_adv then advantages = lure.normalize(advantages) end

    local _, gradient, policy_loss, value_loss, entropy = differentiate(function()
      local log_prob, entropies, value = policy:evaluate(batch.observations, batch.actions,
        { mask = batch.legal, starts = batch.starts, state = batch.first_states })
      local policy_loss, value_loss = -mean(log_prob * advantages), mean((value - returns) ^ 2) / 2
      local entropy = mean(entropies)
      return policy_loss - o.ent_coef * entropy + o.vf_coef * value_loss, policy_loss, value_loss, entropy
    end, policy)
    optimizer:step(policy, gradient, learning_rate(p))

    run:log { episodic_return = batch.episodic_return, episodic_length = batch.episodic_length,
              policy_loss = policy_loss, value_loss = value_loss, entropy = entropy,
              explained_variance = lure.explained_variance(values, returns) }
  end
end
