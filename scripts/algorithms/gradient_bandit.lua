-- The gradient bandit (Sutton & Barto 2018, section 2.8; Williams 1992): an arm's preference rises by how much more it
-- paid than usual; arms are pulled with the softmax of the preferences. The learning rate is the book's alpha. Usual
-- is the mean of all that was paid, this reward included; with baseline = false it is 0. Each copy of the world is a
-- problem of its own. Where the time limit cut an episode the problem is over and all begins anew; the policy is not
-- used.
local o = options(..., { baseline = true })

return function(run, policy, _, learning_rate)
  local n, k, rng = run.copies, policy.n_actions, lure.rng(math.random(1 << 31))
  local preferences, usual, pulls = lure.zeros(n, k), lure.zeros(n, 1), lure.zeros(n, 1)
  for p in run:updates() do
    local probabilities = softmax(preferences, 2)
    -- the first arm at which the probabilities so far exceed a draw; of equals argmax gives the first
    local arms = greater(cumulative_sum(probabilities, 2), lure.uniform({ n, 1 }, rng)):argmax(2)
    local batch = run:collect { steps = 1, actions = arms }
    if batch.actions:type() ~= "int32" then error("a bandit's arms are words; the world's actions are numbers") end
    local pulled, rewards = lure.one_hot(batch.actions:reshape(-1), k), batch.rewards:reshape(-1, 1)
    pulls = pulls + 1
    if o.baseline then usual = usual + (rewards - usual) / pulls end
    preferences = preferences + learning_rate(p) * (rewards - usual) * (pulled - probabilities)
    local over = equal(batch.ends:reshape(-1, 1), 2)
    preferences, usual, pulls = where(over, 0, preferences), where(over, 0, usual), where(over, 0, pulls)
    run:log { reward = batch.rewards:mean() }
  end
end
