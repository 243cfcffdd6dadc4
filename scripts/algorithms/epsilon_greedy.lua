-- The epsilon-greedy bandit (Sutton & Barto 2018, sections 2.2 to 2.6): the arm with the best estimate is pulled, or
-- an even one as often as epsilon says. An estimate is the mean of what its arm paid, or with sample_average = false
-- goes by the learning rate (the book's alpha) towards it; `initial` is what it begins with: far above what arms pay,
-- all of them are tried (optimism). Each copy of the world is a problem of its own. Where the time limit cut an
-- episode the problem is over and all begins anew; the policy is not used.
local o = options(..., { epsilon = 0.1, initial = 0, sample_average = true })

return function(run, policy, _, learning_rate)
  local n, k, rng = run.copies, policy.n_actions, lure.rng(math.random(1 << 31))
  local estimates, pulls = lure.full({ n, k }, o.initial), lure.zeros(n, k)
  for p in run:updates() do
    local even = lure.uniform({ n, k }, rng):argmax(2)
    local arms = where(less(lure.uniform(n, rng), o.epsilon), even, estimates:argmax(2))
    local batch = run:collect { steps = 1, actions = arms }
    if batch.actions:type() ~= "int32" then error("a bandit's arms are words; the world's actions are numbers") end
    local pulled, rewards = lure.one_hot(batch.actions:reshape(-1), k), batch.rewards:reshape(-1, 1)
    pulls = pulls + pulled
    local step_size = o.sample_average and 1 / maximum(pulls, 1) or learning_rate(p)
    estimates = estimates + pulled * step_size * (rewards - estimates)
    local over = equal(batch.ends:reshape(-1, 1), 2)
    estimates, pulls = where(over, o.initial, estimates), where(over, 0, pulls)
    run:log { reward = batch.rewards:mean() }
  end
end
