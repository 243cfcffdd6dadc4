-- Expected Sarsa (van Seijen et al. 2009): what an action is worth goes towards its reward plus the discounted worth
-- of what the policy itself does next, on average over its exploring. Less noise than Sarsa for the same thing
-- learned. For a policy with the head "action_values", a table or a network, as q_learning.
local o = options(..., { gamma = 0.99, start_e = 0.1, end_e = 0.1, exploration_fraction = 1.0, num_steps = 1 })

-- The best with 1 - e, and with e an even one of the legal.
local function expectation(values, legal, e)
  if not legal then return (1 - e) * values:max(-1) + e * values:mean(-1) end
  local best = where(legal, values, -math.huge):max(-1)
  return (1 - e) * best + e * where(legal, values, 0):sum(-1) / legal:to(values:type()):sum(-1)
end

return function(run, policy, optimizer, learning_rate)
  if policy.n_state > 0 then
    error("a policy with a memory learns from sequences, this method from single steps: actor_critic or ppo takes it")
  end
  for p in run:updates() do
    local e = lure.anneal(o.start_e, o.end_e, p.progress / o.exploration_fraction)
    local batch = run:collect { steps = o.num_steps, epsilon = e }
    local next_values = expectation(policy:forward(batch.next_observations), batch.next_legal, e)
    local targets = batch.rewards + o.gamma * where(equal(batch.ends, 1), 0, next_values)
    local _, gradient, errors = differentiate(function()
      local d = targets - gather(policy:forward(batch.observations), batch.actions)
      return sum(d ^ 2) / 2, d
    end, policy)
    optimizer:step(policy, gradient, learning_rate(p))
    run:log { episodic_return = batch.episodic_return, episodic_length = batch.episodic_length,
              td_loss = mean(errors ^ 2), epsilon = e }
  end
end
