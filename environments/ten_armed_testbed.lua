-- The ten-armed testbed (Sutton & Barto 2018, sections 2.3 to 2.8): many bandit problems, a run of 1,000 pulls on each.
--
-- | action       |                    | observation |                                              |
-- |--------------|--------------------|-------------|----------------------------------------------|
-- | arm1 .. armK | pull that arm once | none        | a method keeps its own estimates of the arms |
--
-- Each episode is a new problem, its true values drawn from N(mean, spread). With `drift` every true value moves by
-- N(0, drift) after each pull (exercise 2.5: drift = 0.01, spread = 0). Default reward: N(true value, noise).
-- Never ends by itself, truncated after `max_steps` pulls. One problem for a whole experiment: see k_armed_bandit.
-- `s.arm`, `s.best` and `s.regret`: which arm was pulled, which was best, what that would have paid more on average.
-- Best: 1.5388 a pull, the mean of the best of ten. Random: mean.
local o = options(..., { k = 10, mean = 0, spread = 1, noise = 1, drift = 0, max_steps = 1000 })
if o.k < 2 or o.k % 1 ~= 0 then error("k, the number of arms, is a whole number from 2, not " .. o.k) end

local testbed = { actions = {}, observation = {}, max_steps = o.max_steps }
local arm_of = {} -- word -> number
for arm = 1, o.k do
  testbed.actions[arm] = "arm" .. arm
  arm_of["arm" .. arm] = arm
end

local function find_best(values)
  local best = 1
  for arm = 2, #values do
    if values[arm] > values[best] then best = arm end
  end
  return best
end

function testbed.reset(s, rng)
  s.values, s.pulls = {}, 0
  for arm = 1, o.k do s.values[arm] = rng:normal(o.mean, o.spread) end
  s.best_now = find_best(s.values)
end

function testbed.step(s, action, rng)
  local arm, values, best = arm_of[action], s.values, s.best_now
  s.arm, s.best, s.pulls = arm, best, s.pulls + 1
  s.payout, s.regret = rng:normal(values[arm], o.noise), values[best] - values[arm]
  if o.drift > 0 then
    for i = 1, o.k do values[i] = values[i] + rng:normal(0, o.drift) end
    s.best_now = find_best(values)
  end
  return false -- never terminated
end

function testbed.reward(s) return s.payout end

function testbed.render(s)
  if not s.arm then return o.k .. " arms, none pulled" end
  return ("pull %d: arm %d paid %.3f, best was arm %d (regret %.3f)"):format(s.pulls, s.arm, s.payout, s.best, s.regret)
end

return testbed
