-- worlds_random.lua: the algorithm of the benchmark of stepping: random actions, nothing learned, nothing logged.
local o = options(..., { steps = 4096 })

return function(run)
  for _ in run:updates() do run:collect { steps = o.steps, random = true } end
end
