-- found: endless.lua:5: time limit
return function(run)
  for p in run:updates() do
    run:collect { episodes = 1 }
    while p do end
  end
end
