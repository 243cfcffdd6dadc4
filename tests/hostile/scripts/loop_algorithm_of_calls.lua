-- expect: limit_step_time algorithm
local tensor = lure.ones(300, 300)
return function(run, policy, optimizer, learning_rate)
  while true do tensor = lure.tanh(tensor + tensor) end -- here
end
