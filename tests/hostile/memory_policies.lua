-- expect: limit_memory algorithm
return function(run, policy, optimizer, learning_rate)
  local all = {}
  while true do all[#all + 1] = lure.policy { { "linear", 500 }, { "linear", 500 }, "linear", "categorical", inputs = 4, actions = 4 } end -- here
end
