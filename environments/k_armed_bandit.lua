-- K arms to pull, each with a hidden true value: the testbed of Sutton & Barto 2018, section 2.3.
--
-- | action       |                    | observation |                                          |
-- |--------------|--------------------|-------------|------------------------------------------|
-- | arm1 .. armK | pull that arm once | none        | a policy's biases alone choose the arm   |
--
-- True values: `means` when it is given (its length is then the number of arms), else k draws from
-- N(mean, spread) by `seed`. The seed is an option, not the run's: runs of an experiment share one problem.
-- Default reward: one draw from N(true value, noise). End: one pull is an episode.
local o = options(..., { k = 10, seed = 1, mean = 0, spread = 1, noise = 1, means = {} })

local values, best = {}, -math.huge
if #o.means > 0 then
  for arm, value in ipairs(o.means) do values[arm] = value end
else
  if o.k < 2 or o.k % 1 ~= 0 then error("k, the number of arms, is a whole number from 2, not " .. o.k) end
  local problem = lure.rng(o.seed)
  for arm = 1, o.k do values[arm] = problem:normal(o.mean, o.spread) end
end
for _, value in ipairs(values) do best = math.max(best, value) end

local bandit = { actions = {}, observation = {}, max_steps = 1 }
local arm_of = {} -- word -> number
for arm = 1, #values do
  bandit.actions[arm] = "arm" .. arm
  arm_of["arm" .. arm] = arm
end

function bandit.reset() end -- nothing to set: there is no state before the pull

function bandit.step(s, action, rng)
  s.arm = arm_of[action]
  s.payout = rng:normal(values[s.arm], o.noise)
  s.regret = best - values[s.arm] -- what the best arm would have paid more, on average
  return true -- terminated: one pull is an episode
end

function bandit.reward(s) return s.payout end

function bandit.render(s)
  if not s.arm then return #values .. " arms, none pulled" end
  return ("arm %d of %d paid %.3f (regret %.3f)"):format(s.arm, #values, s.payout, s.regret)
end

return bandit
