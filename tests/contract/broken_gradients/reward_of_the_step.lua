-- found: with its own reward alone, so what comes of it later is not credited: in tree/linear
local o = options(..., { episodes = 10 })
return function(run, policy, optimizer, learning_rate)
  for p in run:updates() do
    local batch = run:collect { episodes = o.episodes }
    optimizer:step(policy, policy:gradient(batch.observations, batch.actions, batch.rewards), learning_rate(p))
  end
end
