-- expect: limit_memory algorithm
return function(run, policy, optimizer, learning_rate)
  run:collect { steps = 1 << 40 } -- here
end
