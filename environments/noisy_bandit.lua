-- A noisy bandit: one arm pays more, and noise hides which. Nothing is seen, so a policy's biases are all there is.
--
-- | action       |                                         | observation |
-- |--------------|-----------------------------------------|-------------|
-- | arm1 .. armN | pays N(0, noise); the last N(gap, noise) | none        |
--
-- Default reward: the payout. One pull is an episode. Best: gap. Random: gap / arms.
-- Who ends at 0: a step too large settled on an arm that was lucky early. Who stays at random: the reward has the
-- wrong sign, is taken from itself by the baseline, or is normalised over one episode.
local o = options(..., { arms = 4, gap = 1, noise = 1 })
if o.arms < 2 or o.arms % 1 ~= 0 then error("arms is a whole number from 2, not " .. o.arms) end

local bandit = { actions = {}, observation = {}, max_steps = 1 }
for arm = 1, o.arms do bandit.actions[arm] = "arm" .. arm end
local BEST = bandit.actions[o.arms] -- not the first, which is what no policy at all would choose

function bandit.reset() end -- nothing to set: there is no state before the pull

function bandit.step(s, action, rng)
  s.arm = action
  s.payout = rng:normal(action == BEST and o.gap or 0, o.noise)
  return true -- terminated: one pull is an episode
end

function bandit.reward(s) return s.payout end

function bandit.render(s)
  if not s.arm then return o.arms .. " arms, none pulled" end
  return ("%s paid %.3f%s"):format(s.arm, s.payout, s.arm == BEST and ", the best" or "")
end

return bandit
