-- expect: limit_step_time algorithm
return function(run, policy, optimizer, learning_rate)
  while true do policy.parameters.bias = policy.parameters.bias + 1 end -- here
end
