-- Two places sell fries: Squatch's orders are small, Norm's are large. How hungry we are decides which is right.
--
-- | action  |                      | observation | range                                  |
-- |---------|----------------------|-------------|----------------------------------------|
-- | squatch | visit Squatch: small | hunger      | 0 (not hungry) .. 1 (very hungry)      |
-- | norm    | visit Norm: large    |             | from the schedule, as `input.hunger`   |
--
-- Reward: none of its own; right_portion, graded_portion and most_fries are written for it. They read `s.portion`.
-- End: one visit is an episode. Source: a well-known lesson on policy gradients with one trained bias.
local shacks = { actions = { "squatch", "norm" }, observation = { "hunger" }, max_steps = 1 }

function shacks.reset(s, rng, input) s.hunger = input.hunger end -- from the schedule

function shacks.step(s, action)
  s.portion = action == "norm" and "large" or "small"
  return true -- terminated: one visit is an episode
end

function shacks.render(s)
  return ("hunger %.2f, %s"):format(s.hunger, s.portion and s.portion .. " fries" or "no fries yet")
end

return shacks
