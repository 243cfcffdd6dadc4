-- The fry shacks on a busy day: either place may hand over a large portion, Norm more often than Squatch.
--
-- | action  | a large portion comes with | observation | range                                |
-- |---------|----------------------------|-------------|--------------------------------------|
-- | squatch | probability squatch_large  | hunger      | 0 (not hungry) .. 1 (very hungry)    |
-- | norm    | probability norm_large     |             | from the schedule, `input.hunger`    |
--
-- Reward: none of its own; those of fry_shacks fit. They judge the portion we got, not the place we chose, so
-- the right choice is punished now and then. End: one visit is an episode.
local o = options(..., { squatch_large = 0.15, norm_large = 0.80 })
for _, name in ipairs { "squatch_large", "norm_large" } do
  if not (o[name] >= 0 and o[name] <= 1) then error(name .. " is a probability, 0 to 1, not " .. o[name]) end
end

local shacks = { actions = { "squatch", "norm" }, observation = { "hunger" }, max_steps = 1 }

function shacks.reset(s, rng, input) s.hunger = input.hunger end -- from the schedule

function shacks.step(s, action, rng)
  local large = rng:bernoulli(action == "norm" and o.norm_large or o.squatch_large)
  s.portion = large and "large" or "small"
  return true -- terminated: one visit is an episode
end

function shacks.render(s)
  return ("hunger %.2f, %s"):format(s.hunger, s.portion and s.portion .. " fries" or "no fries yet")
end

return shacks
