-- found: more than 4096 choices without a step
return function(run)
  for _ in run:updates() do
    while true do pcall(run.collect, run, { episodes = 1 }) end
  end
end
