-- expect: script_error algorithm
return function(run, policy, optimizer, learning_rate)
  for p in run:updates() do
    run:collect { episodes = 1 }
    run:log { ["name " .. p.update] = 1 } -- here
  end
end
