-- expect: limit_step_time algorithm
return function(run, policy, optimizer, learning_rate)
  for _ = 1, math.huge do
    pcall(differentiate, function() error("no") end, policy)
    pcall(differentiate, function() while true do end end, policy) -- here
  end
end
