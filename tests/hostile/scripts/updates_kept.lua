-- expect: script_error algorithm
return function(run, policy, optimizer, learning_rate)
  local next_update, state, control = run:updates()
  for _ = 1, 1000 do
    next_update(state, control) -- here
    pcall(next_update, nil, nil)
    pcall(next_update, 1, run)
    run:collect { steps = 1 }
    run:log { x = 1 } -- here
  end
  error("there is always another") -- here
end
