-- expect: limit_memory algorithm
return function(run, policy, optimizer, learning_rate)
  local all = {}
  while true do
    pcall(function() all[#all + 1] = lure.zeros(100000) end) -- here
    all[#all + 1] = lure.rng(1)
  end
end
