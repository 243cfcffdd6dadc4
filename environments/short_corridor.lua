-- The short corridor with switched actions (Sutton & Barto 2018, example 13.1): three places that all look the same,
-- and in the second one every step goes the other way.
--
-- | action      | in place 1 and 3              | in place 2    | observation |
-- |-------------|-------------------------------|---------------|-------------|
-- | left, right | that way; left of 1 is a wall | the other way | none        |
--
-- Begins in place 1. Default reward: -1 a step. End: right of place 3; truncated after `max_steps`, which the book does
-- not have, and which a policy that always goes left needs.
-- A policy that goes right with probability p is worth (2p - 4) / (p (1 - p)): best -11.657 at p = 2 - sqrt(2) = 0.586,
-- random -12. Input: `state` = the place, 1 to 3.
local o = options(..., { max_steps = 1000 })

local corridor = { actions = { "left", "right" }, observation = {}, max_steps = o.max_steps }
local LENGTH, SWITCHED = 3, 2

function corridor.reset(s, rng, input)
  s.place = input.state or 1
  if type(s.place) == "table" then s.place = s.place[1] end
end

function corridor.step(s, action)
  local goes_right = (action == "right") ~= (s.place == SWITCHED)
  s.place = math.max(1, s.place + (goes_right and 1 or -1))
  return s.place > LENGTH
end

function corridor.reward() return -1 end

function corridor.render(s)
  return "|" .. ("."):rep(s.place - 1) .. "@" .. ("."):rep(LENGTH - s.place) .. (s.place > LENGTH and "" or "G")
end

return corridor
