-- Sarsa (Rummery & Niranjan 1994): what an action is worth goes towards its reward plus the discounted worth of the
-- action that the policy, exploring as it does, takes next. That one is known a step later, so an update learns from
-- the step before. For a policy with the head "action_values", a table or a network, as q_learning.
local o = options(..., { gamma = 0.99, start_e = 0.1, end_e = 0.1, exploration_fraction = 1.0 })

-- What is needed of a batch once the next one has been collected.
local function keep(batch)
  return { observations = batch.observations:copy(), actions = batch.actions:copy(), rewards = batch.rewards:copy(),
           ends = batch.ends:copy(), next_observations = batch.next_observations:copy(),
           next_legal = batch.next_legal and batch.next_legal:copy() }
end

return function(run, policy, optimizer, learning_rate)
  if policy.n_state > 0 then
    error("a policy with a memory learns from sequences, this method from single steps: actor_critic or ppo takes it")
  end
  local rng = lure.rng(math.random(1 << 31))
  local before -- the last step of each copy
  for p in run:updates() do
    local e = lure.anneal(o.start_e, o.end_e, p.progress / o.exploration_fraction)
    local batch = run:collect { steps = 1, epsilon = e }
    local td_loss = 0 / 0 -- nothing yet: an empty cell
    if before then
      -- a truncated episode has no next action in the run: one is drawn for it
      local next_actions = batch.actions
      if equal(before.ends, 2):max() == 1 then
        local drawn = policy:act(before.next_observations, rng, { epsilon = e, mask = before.next_legal })
        next_actions = where(equal(before.ends, 2), drawn, next_actions)
      end
      local next_values = gather(policy:forward(before.next_observations), next_actions)
      local targets = before.rewards + o.gamma * where(equal(before.ends, 1), 0, next_values)
      local _, gradient, errors = differentiate(function()
        local d = targets - gather(policy:forward(before.observations), before.actions)
        return sum(d ^ 2) / 2, d
      end, policy)
      optimizer:step(policy, gradient, learning_rate(p))
      td_loss = mean(errors ^ 2)
    end
    before = keep(batch)
    run:log { episodic_return = batch.episodic_return, episodic_length = batch.episodic_length,
              td_loss = td_loss, epsilon = e }
  end
end
