-- A coroutine that lives from one update to the next cannot be written down: such a run is done again from its start.
return function(run, policy, optimizer, learning_rate)
  local next_number = coroutine.wrap(function()
    local n = 0
    while true do
      n = n + 1
      coroutine.yield(n)
    end
  end)
  for p in run:updates() do
    local batch = run:collect { episodes = 2 }
    local gradient, loss = policy:gradient(batch.observations, batch.actions, batch.rewards)
    optimizer:step(policy, gradient, learning_rate(p))
    run:log { loss = loss, number = next_number() }
  end
end
