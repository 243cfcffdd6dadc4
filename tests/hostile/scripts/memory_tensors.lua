-- expect: limit_memory algorithm
return function(run, policy, optimizer, learning_rate)
  local all = {}
  while true do all[#all + 1] = lure.zeros(1000, 100) end -- here
end
