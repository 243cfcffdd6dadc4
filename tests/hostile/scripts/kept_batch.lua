-- expect: ok algorithm
-- what was collected before, read when it holds something else
return function(run, policy, optimizer, learning_rate)
  local old
  for p in run:updates() do
    local batch = run:collect { steps = 1 + p.update % 7 }
    if old then
      for _, name in ipairs { "observations", "actions", "rewards", "ends", "next_observations", "last_observations" } do
        pcall(function() return old[name]:sum() + old[name][1] end)
        pcall(function() old[name][1] = 0 / 0 end)
        pcall(function() old[name]:fill(5) end)
      end
      collectgarbage()
    end
    old = batch
    run:log { bias = 0, reward = 0 }
  end
end
