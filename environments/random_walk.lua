-- The random walk (Sutton & Barto 2018, example 6.2): from the middle of a row, one place left or right by an even
-- chance, until it leaves the row. A world to predict in: what is a place worth?
--
-- | action      |                                        | observation |                                          |
-- |-------------|----------------------------------------|-------------|------------------------------------------|
-- | left, right | none; with probability `control` it is | place       | 1 .. states, left to right; 0 and        |
-- |             | the way that is taken                  |             | states + 1 are the ends                  |
--
-- Default reward: `right` on leaving at the right end (1), `left` at the left end (0), else 0; both end the episode.
-- There is no time limit. Input: `state` = the place.
-- Undiscounted, place i is worth i / (states + 1): 1/6 .. 5/6. The book's walk of 19 states is states = 19, left = -1.
-- control = 1 makes it a corridor to act in, in which a policy of even chances takes the same walk.
local o = options(..., { states = 5, left = 0, right = 1, control = 0 })
if o.states < 1 or o.states % 1 ~= 0 then error("states is a whole number from 1, not " .. o.states) end
if not (o.control >= 0 and o.control <= 1) then error("control is a probability, 0 to 1, not " .. o.control) end

local walk = { actions = { "left", "right" }, observation = { { "place", n = o.states + 2 } } }
local MIDDLE, END = (o.states + 1) // 2, o.states + 1

function walk.reset(s, rng, input)
  s.place = input.state or MIDDLE
  if type(s.place) == "table" then s.place = s.place[1] end
end

function walk.step(s, action, rng)
  local luck, right = rng:uniform(), action == "right"
  if luck >= o.control then right = luck >= (1 + o.control) / 2 end
  s.place = s.place + (right and 1 or -1)
  return s.place == 0 or s.place == END
end

function walk.reward(s) return s.place == END and o.right or s.place == 0 and o.left or 0 end

function walk.render(s)
  local row = {}
  for place = 0, END do
    row[#row + 1] = place == s.place and "@" or (place == 0 or place == END) and "|" or "."
  end
  return table.concat(row)
end

return walk
