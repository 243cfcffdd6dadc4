-- Proximal policy optimization (Schulman et al. 2017) with the details of CleanRL's: num_steps of every copy, then
-- update_epochs passes over them in num_minibatches shuffled parts, which may move the policy by about clip_coef.
local o = options(..., { num_steps = 128, gamma = 0.99, gae_lambda = 0.95, num_minibatches = 4, update_epochs = 4,
                         norm_adv = true, clip_coef = 0.2, clip_vloss = true, ent_coef = 0.01, vf_coef = 0.5,
                         target_kl = math.huge })

return function(run, policy, optimizer, learning_rate)
  local rng = lure.rng(math.random(1 << 31))
  for p in run:updates() do
    local batch = run:collect { steps = o.num_steps }
    local log_prob, _, values = policy:evaluate(batch.observations, batch.actions, { mask = batch.legal })
    local advantages, returns = lure.advantages(batch.rewards, values, batch.ends, {
      discount = o.gamma, lambda = o.gae_lambda,
      last_value = policy:values(batch.last_observations), final_values = policy:values(batch.next_observations) })
    local flat = { log_prob = log_prob:reshape(-1), values = values:reshape(-1), returns = returns:reshape(-1),
                   advantages = advantages:reshape(-1), actions = batch.actions:reshape(-1),
                   observations = batch.observations:reshape(batch.steps, -1) }

    local rate, report, clipfrac, n = learning_rate(p), {}, 0, 0
    local policy_loss, value_loss, entropy
    for _ = 1, o.update_epochs do
      local order, size = lure.permutation(batch.steps, rng), batch.steps // o.num_minibatches
      for first = 1, batch.steps - size + 1, size do
        local b = {}
        for name, rows in pairs(flat) do b[name] = take(rows, order:slice(1, first, first + size - 1)) end
        local advantage = o.norm_adv and lure.normalize(b.advantages) or b.advantages
        local _, gradient
        _, gradient, policy_loss, value_loss, entropy = differentiate(function()
          local new_log_prob, entropies, value = policy:evaluate(b.observations, b.actions)
          local gain = lure.clipped_surrogate(new_log_prob, b.log_prob, advantage, o.clip_coef, report)
          local errors = (value - b.returns) ^ 2
          if o.clip_vloss then
            local near = b.values + clamp(value - b.values, -o.clip_coef, o.clip_coef)
            errors = maximum(errors, (near - b.returns) ^ 2)
          end
          local pg, v, e = -mean(gain), mean(errors) / 2, mean(entropies)
          return pg - o.ent_coef * e + o.vf_coef * v, pg, v, e
        end, policy)
        optimizer:step(policy, gradient, rate)
        clipfrac, n = clipfrac + report.clip_fraction, n + 1
      end
      if report.kl > o.target_kl then break end
    end

    run:log { episodic_return = batch.episodic_return, episodic_length = batch.episodic_length,
              policy_loss = policy_loss, value_loss = value_loss, entropy = entropy, approx_kl = report.kl,
              old_approx_kl = report.kl_k1, clipfrac = clipfrac / n,
              explained_variance = lure.explained_variance(values, returns) }
  end
end
