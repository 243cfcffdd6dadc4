-- expect: limit_memory algorithm
return function(run, policy, optimizer, learning_rate)
  local x = lure.ones(1000)
  differentiate(function(x)
    while true do x = lure.sqrt(x * x + 1) end -- here
  end, x)
end
