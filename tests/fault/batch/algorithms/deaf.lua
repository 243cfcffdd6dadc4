return function(run)
  for p in run:updates() do
    local x = 0
    for i = 1, 300000000 do x = x + i end
    run:log { x = x }
  end
end
