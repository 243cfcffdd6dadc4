-- found: the sign is wrong in tree/linear
-- Takes actions for counted from 0 when they count from 1, so that it is another one that is made more likely.
local o = options(..., { episodes = 10 })
return function(run, policy, optimizer, learning_rate)
  for p in run:updates() do
    local batch = run:collect { episodes = o.episodes }
    local returns = lure.discounted_returns(batch.rewards, batch.ends, 1)
    local taken = batch.actions:to_table()
    for i, action in ipairs(taken) do taken[i] = math.max(action - 1, 1) end
    taken = lure.tensor(taken, "int32")
    optimizer:step(policy, policy:gradient(batch.observations, taken, returns), learning_rate(p))
  end
end
