-- expect: limit_memory algorithm
return function(run, policy, optimizer, learning_rate)
  return lure.replay_memory { capacity = 1 << 40, observations = 4 } -- here
end
