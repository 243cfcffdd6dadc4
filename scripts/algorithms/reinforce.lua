-- REINFORCE: each action becomes more likely by how much return followed it (Williams 1992).
--   weight of a step = discounted return from it on (the reward to go), less the baseline, which is
--     "mean"     their mean over the batch; a batch of a single step weighs 0, so collect more where episodes are short
--     "learned"  the policy's value, which learns these returns beside
--   and over the weights' standard deviation with normalize = true. An episode cut off by max_steps counts as ended.
local o = options(..., { episodes = 10, gamma = 0.99, baseline = "mean", normalize = true, vf_coef = 0.5 })
local LEARNED = o.baseline == "learned"
if o.baseline ~= "none" and o.baseline ~= "mean" and not LEARNED then
  error('baseline is "none", "mean" or "learned", not "' .. o.baseline .. '"')
end

return function(run, policy, optimizer, learning_rate)
  if policy.n_state > 0 then error("a policy with a memory learns from sequences: actor_critic or ppo takes it") end
  for p in run:updates() do
    local batch = run:collect { episodes = o.episodes }
    local returns = lure.discounted_returns(batch.rewards, batch.ends, o.gamma)
    local weights = returns
    if o.baseline == "mean" then weights = lure.center(returns) end
    if LEARNED then weights = returns - policy:values(batch.observations) end
    if o.normalize then weights = weights / (weights:deviation() + 1e-8) end

    local gradient, policy_loss, entropy, value_loss, _
    if batch.actions:type() == "int32" and not LEARNED then -- words: one step of C, which lure explain can tell
      gradient, policy_loss, entropy = policy:gradient(batch.observations, batch.actions, weights,
        { mask = batch.legal })
    else
      _, gradient, policy_loss, entropy, value_loss = differentiate(function()
        local log_prob, entropies, value = policy:evaluate(batch.observations, batch.actions, { mask = batch.legal })
        local pg_loss = -mean(log_prob * weights)
        if not LEARNED then return pg_loss, pg_loss, mean(entropies) end
        local v_loss = mean((value - returns) ^ 2) / 2
        return pg_loss + o.vf_coef * v_loss, pg_loss, mean(entropies), v_loss
      end, policy)
    end
    optimizer:step(policy, gradient, learning_rate(p))

    run:log { episodic_return = batch.episodic_return, episodic_length = batch.episodic_length,
              policy_loss = policy_loss, value_loss = value_loss, entropy = entropy }
  end
end
