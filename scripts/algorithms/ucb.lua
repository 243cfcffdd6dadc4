-- Upper confidence bounds (Sutton & Barto 2018, section 2.7; Auer, Cesa-Bianchi & Fischer 2002): the arm is pulled
-- that could be the best: its mean so far plus c sqrt(ln t / how often it was pulled). One that never was comes first.
-- Each copy of the world is a problem of its own. Where the time limit cut an episode the problem is over and all
-- begins anew; the policy is not used.
local o = options(..., { c = 2 })

return function(run, policy)
  local n, k = run.copies, policy.n_actions
  local estimates, pulls = lure.zeros(n, k), lure.zeros(n, k)
  for _ in run:updates() do
    local t = pulls:sum(2, true) + 1 -- this pull
    local bounds = estimates + o.c * sqrt(log(t) / maximum(pulls, 1))
    local batch = run:collect { steps = 1, actions = where(equal(pulls, 0), math.huge, bounds):argmax(2) }
    if batch.actions:type() ~= "int32" then error("a bandit's arms are words; the world's actions are numbers") end
    local pulled, rewards = lure.one_hot(batch.actions:reshape(-1), k), batch.rewards:reshape(-1, 1)
    pulls = pulls + pulled
    estimates = estimates + pulled * (rewards - estimates) / maximum(pulls, 1)
    local over = equal(batch.ends:reshape(-1, 1), 2)
    estimates, pulls = where(over, 0, estimates), where(over, 0, pulls)
    run:log { reward = batch.rewards:mean() }
  end
end
