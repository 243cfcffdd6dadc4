-- expect: limit_memory algorithm
return function(run, policy, optimizer, learning_rate)
  local all = {}
  for i = 1, math.huge do all[i] = lure.rng(i) end -- here
end
