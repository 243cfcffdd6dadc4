-- expect: it logged other values in a fresh state
return function(run, policy, optimizer, learning_rate)
  for p in run:updates() do
    local batch = run:collect { episodes = 2 }
    local gradient, loss = policy:gradient(batch.observations, batch.actions, batch.rewards)
    optimizer:step(policy, gradient, learning_rate(p))
    run:log { loss = loss, luck = tonumber(tostring({}):match("0x(%x+)"), 16) }
  end
end
