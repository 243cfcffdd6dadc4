-- What a weak table holds depends on when memory was collected: it is not written down.
return function(run, policy, optimizer, learning_rate)
  local names = setmetatable({}, { __mode = "k" })
  for p in run:updates() do
    local batch = run:collect { episodes = 2 }
    names[batch] = p.update
    local gradient, loss = policy:gradient(batch.observations, batch.actions, batch.rewards)
    optimizer:step(policy, gradient, learning_rate(p))
    run:log { loss = loss, name = names[batch] }
  end
end
