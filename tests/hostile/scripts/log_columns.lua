-- expect: script_error algorithm
-- says: run:log: more than 58 values
return function(run, policy, optimizer, learning_rate)
  run:collect { episodes = 1 }
  local row = {}
  for i = 1, 100000 do row["column " .. i] = i end
  run:log(row) -- here
end
