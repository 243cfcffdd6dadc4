-- expect: ok algorithm
-- what a pass has made, used after its end and in the next
return function(run, policy, optimizer, learning_rate)
  local kept = {}
  for p in run:updates() do
    local x = lure.ones(3)
    pcall(differentiate, function(x) kept[#kept + 1] = x * x error("no") end, x)
    differentiate(function(x)
      local y = x * 2
      for _, k in ipairs(kept) do y = y + k * y end
      kept[#kept + 1] = y
      pcall(function() y:fill(1) end)
      pcall(function() x:fill(1) end)
      return sum(y)
    end, x)
    kept = { kept[#kept] }
    collectgarbage()
    local batch = run:collect { steps = 1 }
    run:log { bias = 0, reward = 0 }
  end
end
