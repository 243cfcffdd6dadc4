-- expect: limit_memory algorithm
return function(run, policy, optimizer, learning_rate)
  return lure.zeros(1 << 17, 1 << 17) -- here
end
