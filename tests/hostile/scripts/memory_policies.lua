-- expect: limit_memory algorithm
return function(run, policy, optimizer, learning_rate)
  local all = { lure.policy { { "linear", 200 }, { "linear", 200 }, "linear", "categorical", inputs = 4, actions = 4 } }
  while true do all[#all + 1] = all[1]:copy() end -- here
end
