-- One gradient of the batch's returns, of a policy with a memory.
return function(run, policy, optimizer, learning_rate)
  for p in run:updates() do
    local batch = run:collect { steps = 10 }
    local loss, gradient = differentiate(function()
      local log_prob = policy:evaluate(batch.observations, batch.actions, { starts = batch.starts, state = batch.first_states })
      return -mean(log_prob * lure.center(batch.rewards:reshape(-1)):reshape(10, 1))
    end, policy)
    optimizer:step(policy, gradient, learning_rate(p))
    run:log { loss = loss, episodic_return = batch.episodic_return }
  end
end
