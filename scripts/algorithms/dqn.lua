-- Deep Q-learning (Mnih et al. 2015), with double = true as van Hasselt et al. (2016): learns from steps drawn out of
-- a replay memory, towards what a target network, a copy that follows slowly, says of the next observation. Options as
-- CleanRL's. For a policy with the head "action_values".
local o = options(..., {
  buffer_size = 10000, learning_starts = 10000, batch_size = 128, gamma = 0.99,
  train_frequency = 10, gradient_steps = 1, -- an update: so many steps of each copy, then so many of the optimizer
  target_network_frequency = 500, tau = 1.0, -- every so many steps of the world the target goes tau of the way
  start_e = 1.0, end_e = 0.05, exploration_fraction = 0.5, double = true,
})
if o.gradient_steps < 1 then error("gradient_steps is 1 or more, not " .. o.gradient_steps) end

-- What the sampled steps should be worth. The double estimate: the policy says which action is best, the target how
-- good it is.
local function targets_of(b, policy, target)
  local values = target:forward(b.next_observations)
  local judged = o.double and policy:forward(b.next_observations) or values
  if b.next_legal then judged = where(b.next_legal, judged, -math.huge) end
  return b.rewards + o.gamma * (1 - b.terminated) * gather(values, judged:argmax(-1))
end

return function(run, policy, optimizer, learning_rate)
  if policy.n_state > 0 then
    error("a policy with a memory learns from sequences, this method from single steps: actor_critic or ppo takes it")
  end
  local memory, target = lure.replay { capacity = o.buffer_size }, policy:copy()
  local target_at = 0 -- the step at which the target has moved last
  for p in run:updates() do
    while p.step < o.learning_starts do memory:add(run:collect { steps = o.train_frequency, random = true }) end
    local e, rate = lure.anneal(o.start_e, o.end_e, p.progress / o.exploration_fraction), learning_rate(p)
    local batch = run:collect { steps = o.train_frequency, epsilon = e }
    memory:add(batch)
    local td_loss, gradient, values
    for _ = 1, o.gradient_steps do
      local b = memory:sample(o.batch_size)
      local targets = targets_of(b, policy, target)
      td_loss, gradient, values = differentiate(function()
        local q = gather(policy:forward(b.observations), b.actions)
        return mean((q - targets) ^ 2), q
      end, policy)
      optimizer:step(policy, gradient, rate)
    end
    if p.step - target_at >= o.target_network_frequency then
      target:load(policy, o.tau)
      target_at = p.step
    end
    run:log { episodic_return = batch.episodic_return, episodic_length = batch.episodic_length,
              td_loss = td_loss, q_values = values:mean(), epsilon = e }
  end
end
