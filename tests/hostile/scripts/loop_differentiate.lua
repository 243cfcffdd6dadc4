-- expect: limit_step_time algorithm
return function(run, policy, optimizer, learning_rate)
  differentiate(function() while true do end end, policy) -- here
end
