-- expect: limit_memory algorithm
return function(run, policy, optimizer, learning_rate)
  local batch = run:collect { steps = 10 }
  local memory = lure.replay { capacity = 1000000000 }
  while true do memory:add(batch) end -- here
end
