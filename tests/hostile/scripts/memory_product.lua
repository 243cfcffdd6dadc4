-- expect: limit_memory algorithm
return function(run, policy, optimizer, learning_rate)
  return lure.matmul(lure.ones(1 << 20, 1), lure.ones(1, 1 << 20)) -- here
end
