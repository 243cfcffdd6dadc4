-- expect: limit_memory algorithm
return function(run, policy, optimizer, learning_rate)
  return lure.ones(1):expand(1 << 40):to_table() -- here
end
