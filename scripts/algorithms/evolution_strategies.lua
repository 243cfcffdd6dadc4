-- Evolution strategies (Salimans et al. 2017): the parameters are moved to both sides of where they are by normal
-- noise of deviation sigma, and what more the one side returned than the other says where to go. Returns count by
-- their ranks alone, from -0.5 to 0.5. The optimizer takes the step, at the learning rate. No gradient through the
-- policy: a yardstick for what has one. One update is one population of pairs.
local o = options(..., { pairs = 20, sigma = 0.1, episodes = 1 })

-- -0.5 for the least to 0.5 for the largest, in between evenly; equal returns get the mean of their ranks.
local function ranks_of(returns)
  local n, column = #returns, returns:reshape(-1, 1)
  local below = greater(column, returns):to("float64"):sum(2)
  local equals = equal(column, returns):to("float64"):sum(2)
  return (below + (equals - 1) / 2) / math.max(1, n - 1) - 0.5
end

return function(run, policy, optimizer, learning_rate)
  local rng = lure.rng(math.random(1 << 31))
  for p in run:updates() do
    local centre = policy:flat():to("float64")
    local noise = lure.normal({ o.pairs, #centre }, rng)
    local returns = lure.zeros(2 * o.pairs)
    for i = 1, 2 * o.pairs do
      local side = i <= o.pairs and o.sigma or -o.sigma
      policy:load(centre + side * noise[(i - 1) % o.pairs + 1])
      returns[i] = run:collect { episodes = o.episodes * run.copies }.episodic_return
    end
    policy:load(centre)
    local ranks = ranks_of(returns)
    local shares = ranks:slice(1, 1, o.pairs) - ranks:slice(1, o.pairs + 1, 2 * o.pairs)
    local ascent = matmul(shares, noise) / (2 * o.pairs * o.sigma)
    optimizer:step(policy, -ascent, learning_rate(p))
    run:log { episodic_return = returns:mean(), best_return = returns:max() }
  end
end
