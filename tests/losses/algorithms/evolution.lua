-- Evolution strategies as a loss (Salimans et al. 2017; Wierstra et al. 2014): parameters drawn around the policy's own
-- are tried, mirrored in pairs, and the logarithm of the density they were drawn from is weighted by what they brought.
local o = options(..., { pairs = 8, deviation = 0.3, names = { "weight", "bias" } })

return function(run, policy, optimizer, learning_rate)
  local rng = lure.rng(5)
  for p in run:updates() do
    local centre, tried, scores = {}, {}, {}
    for _, name in ipairs(o.names) do centre[name] = policy.parameters[name]:copy() end
    for i = 1, 2 * o.pairs do
      tried[i] = {}
      for _, name in ipairs(o.names) do
        tried[i][name] = i % 2 == 1
            and centre[name] + o.deviation * lure.normal({ centre[name]:shape() }, rng, 0, 1, centre[name]:type())
            or 2 * centre[name] - tried[i - 1][name] -- the same step the other way
        policy.parameters[name]:copy_from(tried[i][name])
      end
      scores[i] = run:collect { episodes = 1 }.episodic_return
    end
    for _, name in ipairs(o.names) do policy.parameters[name]:copy_from(centre[name]) end
    local weights = lure.normalize(lure.tensor(scores))
    local loss, gradient = differentiate(function()
      local total = 0
      for i = 1, #tried do
        for _, name in ipairs(o.names) do
          local log_density = -sum(square((tried[i][name] - policy.parameters[name]) / o.deviation)) / 2
          total = total + weights[i] * log_density
        end
      end
      return -total / #tried
    end, policy)
    optimizer:step(policy, gradient, learning_rate(p))
    run:log { episodic_return = lure.tensor(scores):mean(), loss = loss }
  end
end
