-- found: endless.lua:5: time limit
return function(run)
  for _ in run:updates() do
    run:collect { episodes = 1 }
    while true do end
  end
end
