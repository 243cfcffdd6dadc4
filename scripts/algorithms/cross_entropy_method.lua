-- The cross-entropy method (Rubinstein 1999; Szita & Lorincz 2006): the parameters are drawn from a normal
-- distribution, each drawing lives some episodes, and the distribution moves to the best of them. No gradient, no
-- learning rate: a yardstick for what has them. One update is one population; the policy is left with the mean, all
-- its parameters, fixed ones too, being drawn. `noise` is a deviation added to that of the best, falling to 0 over the
-- first half of the run, so that they do not agree too early.
local o = options(..., { population = 50, elite_fraction = 0.2, episodes = 1, deviation = 1.0, noise = 0.0 })
if not (o.elite_fraction > 0 and o.elite_fraction <= 1) then
  error("elite_fraction is above 0 and at most 1, not " .. o.elite_fraction)
end

return function(run, policy)
  local rng = lure.rng(math.random(1 << 31))
  local centre = policy:flat():to("float64")
  local deviation = lure.full(#centre, o.deviation)
  local n_elite = math.max(1, math.floor(o.population * o.elite_fraction + 0.5))
  for p in run:updates() do
    local drawn = centre + deviation * lure.normal({ o.population, #centre }, rng)
    local returns = lure.zeros(o.population)
    for i = 1, o.population do
      policy:load(drawn[i])
      returns[i] = run:collect { episodes = o.episodes * run.copies }.episodic_return
    end
    local best, places = returns:top_k(n_elite)
    local elite = take(drawn, places)
    centre = elite:mean(1)
    deviation = sqrt(mean((elite - centre) ^ 2, 1)) + o.noise * math.max(0, 1 - 2 * p.progress)
    policy:load(centre)
    run:log { episodic_return = returns:mean(), elite_return = best:mean(), deviation = deviation:mean() }
  end
end
