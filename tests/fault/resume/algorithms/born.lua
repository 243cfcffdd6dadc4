-- A function that is made during an update, with a variable of its own, cannot be written down either.
return function(run, policy, optimizer, learning_rate)
  local tell
  for p in run:updates() do
    local batch = run:collect { episodes = 2 }
    local gradient, loss = policy:gradient(batch.observations, batch.actions, batch.rewards)
    optimizer:step(policy, gradient, learning_rate(p))
    local before = tell and tell() or 0
    tell = function() return before + loss end
    run:log { loss = loss, told = tell() }
  end
end
