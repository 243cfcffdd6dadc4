-- found: more than 4096 choices without a step
return function(run)
  for p in run:updates() do
    while p do pcall(run.collect, run, { episodes = 1 }) end
  end
end
