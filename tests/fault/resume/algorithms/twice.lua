-- Updates in two loops: what is asked for in the second cannot go on from the first.
return function(run, policy, optimizer, learning_rate)
  local updates, state, start = run:updates()
  local function update(p)
    local batch = run:collect { episodes = 1 }
    local gradient, loss = policy:gradient(batch.observations, batch.actions, batch.rewards)
    optimizer:step(policy, gradient, learning_rate(p))
    run:log { loss = loss, update_again = p.update }
  end
  for p in updates, state, start do
    update(p)
    if p.update == 3 then break end
  end
  for p in updates, state, start do update(p) end
end
