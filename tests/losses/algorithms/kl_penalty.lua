-- Policy gradient by the likelihood ratio, held near the policy that collected by a penalty on the divergence from it:
-- the first variant of PPO's paper (Schulman et al. 2017, section 4), with a fixed coefficient.
local o = options(..., { episodes = 10, epochs = 4, discount = 0.99, penalty = 1.0 })

return function(run, policy, optimizer, learning_rate)
  for p in run:updates() do
    local batch = run:collect { episodes = o.episodes }
    local observations, actions = batch.observations, batch.actions
    local weights = lure.normalize(lure.discounted_returns(batch.rewards, batch.ends, o.discount))
    local old = log_softmax(policy:forward(observations))
    local old_log_prob = gather(old, actions)
    local divergence
    for _ = 1, o.epochs do
      local _, gradient, kl = differentiate(function()
        local now = log_softmax(policy:forward(observations))
        local kl = mean(sum(exp(old) * (old - now), 2))
        return -mean(exp(gather(now, actions) - old_log_prob) * weights) + o.penalty * kl, kl
      end, policy)
      optimizer:step(policy, gradient, learning_rate(p))
      divergence = kl
    end
    run:log { episodic_return = batch.episodic_return, kl = divergence }
  end
end
