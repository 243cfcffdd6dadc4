-- expect: limit_step_time algorithm
-- says: inside one library call that did not end
-- a number that is seen as many million times: no hook comes there, so the process ends
return function(run, policy, optimizer, learning_rate)
  return lure.ones(1):expand(1 << 45):sum()
end
