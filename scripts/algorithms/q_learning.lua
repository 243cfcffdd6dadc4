-- Q-learning (Watkins 1989): what an action is worth goes towards its reward plus the discounted worth of the best
-- next one. For a policy with the head "action_values": a table, where one_hot or an embedding gives each state
-- numbers of its own, or any network. Each copy of the world does num_steps steps; each step is one update with the
-- learning rate as its alpha.
local o = options(..., { gamma = 0.99, start_e = 1.0, end_e = 0.05, exploration_fraction = 0.5, num_steps = 1 })

return function(run, policy, optimizer, learning_rate)
  if policy.n_state > 0 then
    error("a policy with a memory learns from sequences, this method from single steps: actor_critic or ppo takes it")
  end
  for p in run:updates() do
    local e = lure.anneal(o.start_e, o.end_e, p.progress / o.exploration_fraction)
    local batch = run:collect { steps = o.num_steps, epsilon = e }
    local next_values = policy:forward(batch.next_observations)
    if batch.next_legal then next_values = where(batch.next_legal, next_values, -math.huge) end
    -- a truncated episode would have gone on, a terminated one is worth nothing more
    local targets = batch.rewards + o.gamma * where(equal(batch.ends, 1), 0, next_values:max(-1))
    local _, gradient, errors = differentiate(function()
      local d = targets - gather(policy:forward(batch.observations), batch.actions)
      return sum(d ^ 2) / 2, d
    end, policy)
    optimizer:step(policy, gradient, learning_rate(p))
    run:log { episodic_return = batch.episodic_return, episodic_length = batch.episodic_length,
              td_loss = mean(errors ^ 2), epsilon = e }
  end
end
