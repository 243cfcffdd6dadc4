-- Proximal policy optimization (Schulman et al. 2017), in its details as CleanRL's: num_steps of every copy,
-- then update_epochs times through them in num_minibatches shuffled parts, while the policy stays near what it was.
local o = options(..., {
  num_steps = 128, gamma = 0.99, gae_lambda = 0.95,
  update_epochs = 4, num_minibatches = 4, target_kl = math.huge, -- target_kl ends an update after an epoch
  norm_adv = true, clip_coef = 0.2, clip_vloss = true, ent_coef = 0.01, vf_coef = 0.5,
})
if o.update_epochs < 1 then error("update_epochs is 1 or more, not " .. o.update_epochs) end

-- One number to make small, and what it is made of; `report` gets how far the policy has moved.
local function losses(policy, b, report)
  local log_prob, entropies, value = policy:evaluate(b.observations, b.actions,
    { mask = b.legal, starts = b.starts, state = b.state })
  local advantages = o.norm_adv and lure.normalize(b.advantages) or b.advantages
  local policy_loss = -mean(lure.clipped_surrogate(log_prob, b.log_prob, advantages, o.clip_coef, report))
  local errors = (value - b.returns) ^ 2
  if o.clip_vloss then
    errors = maximum(errors, (b.values + clamp(value - b.values, -o.clip_coef, o.clip_coef) - b.returns) ^ 2)
  end
  local value_loss, entropy = mean(errors) / 2, mean(entropies)
  return policy_loss - o.ent_coef * entropy + o.vf_coef * value_loss, policy_loss, value_loss, entropy
end

return function(run, policy, optimizer, learning_rate)
  for p in run:updates() do
    -- live, and judge what each step was worth
    local batch = run:collect { steps = o.num_steps }
    local values = policy:values(batch.observations, { starts = batch.starts, state = batch.first_states })
    local advantages, returns = lure.advantages(batch.rewards, values, batch.ends,
      { discount = o.gamma, lambda = o.gae_lambda, final_values = policy:next_values(batch, values) })

    -- learn from it; a policy with a memory from what whole copies lived through
    local rows = { observations = batch.observations, actions = batch.actions, legal = batch.legal,
                   starts = batch.starts, log_prob = batch.log_prob, values = values, advantages = advantages,
                   returns = returns }
    local memory = policy.n_state > 0 and { sequences = true, per_copy = { state = batch.first_states } } or nil
    local rate, report, clipped, n = learning_rate(p), {}, 0, 0
    local loss, gradient, policy_loss, value_loss, entropy
    for _ = 1, o.update_epochs do
      for b in run:minibatches(rows, o.num_minibatches, memory) do
        loss, gradient, policy_loss, value_loss, entropy = differentiate(function()
          return losses(policy, b, report)
        end, policy)
        optimizer:step(policy, gradient, rate)
        clipped, n = clipped + report.clip_fraction, n + 1
      end
      if report.kl > o.target_kl then break end
    end

    run:log { episodic_return = batch.episodic_return, episodic_length = batch.episodic_length,
              loss = loss, policy_loss = policy_loss, value_loss = value_loss, entropy = entropy,
              approx_kl = report.kl, old_approx_kl = report.kl_k1, clipfrac = clipped / n,
              explained_variance = lure.explained_variance(values, returns) }
  end
end
