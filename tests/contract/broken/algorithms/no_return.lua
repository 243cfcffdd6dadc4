-- expect: returned nil; expected a function
local algorithm = function(run, policy, optimizer, learning_rate)
  for p in run:updates() do
    local batch = run:collect { episodes = 2 }
    local gradient, loss = policy:gradient(batch.observations, batch.actions, batch.rewards)
    optimizer:step(policy, gradient, learning_rate(p))
    run:log { loss = loss }
  end
end
