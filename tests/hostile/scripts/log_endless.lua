-- expect: limit_step_time algorithm
return function(run, policy, optimizer, learning_rate)
  while true do pcall(run.log, run, { x = 1 }) end -- here
end
