return function(run, policy, optimizer, learning_rate)
  local n = 0
  for p in run:updates() do
    local batch = run:collect { steps = 1 }
    n = n + 1
    if n == 7 then error("enough of it") end
    run:log { reward = mean(batch.rewards) }
  end
end
