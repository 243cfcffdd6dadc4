-- expect: script_error algorithm
-- says: run:log: a name of 10000000 bytes
return function(run, policy, optimizer, learning_rate)
  for p in run:updates() do
    run:collect { episodes = 1 }
    run:log { [("0123456789"):rep(1000000)] = 1 } -- here
  end
end
