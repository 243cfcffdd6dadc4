-- NAME: a corridor with a prize at its right end. (Say in a line what your world is.)
--
-- | action      | one step   | observation | range                    |
-- |-------------|------------|-------------|--------------------------|
-- | left, right | that way   | place       | -size .. size, start 0   |
--
-- Default reward: 1 at the right end, -step_cost a step. End: either end of the corridor.
local o = options(..., { size = 3, step_cost = 0.1 })

---@type lure.Environment
local world = {
  actions = { "left", "right" },                                 -- words; or { low = -1, high = 1 } of a number
  observation = { { "place", low = -o.size, high = o.size } },   -- fields of s that the policy sees
  max_steps = 50,                                                -- longer episodes are truncated
}

-- A new episode. s is an empty table: all that changes lives in it. input comes from the schedule.
function world.reset(s, rng, input) s.place = 0 end

-- One step. Draw chance from rng only. True ends the episode.
function world.step(s, action, rng)
  s.place = s.place + (action == "right" and 1 or -1)
  return math.abs(s.place) >= o.size
end

-- Optional: the reward when the experiment names none.
function world.reward(s, action, terminated)
  return (s.place >= o.size and 1 or 0) - o.step_cost
end

-- Optional: legal(s), the list of the words that are legal now. Where left out, all are.

-- Optional: the state as text.
function world.render(s) return ("at %d of %d"):format(s.place, o.size) end

return world
