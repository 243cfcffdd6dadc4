-- expect: script_error algorithm
return function(run, policy, optimizer, learning_rate)
  for p in run:updates() do
    for q in run:updates() do run:collect { episodes = 1 } end -- here
    run:log { x = 1 } -- here
  end
end
