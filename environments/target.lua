-- Target: walk to a mark that lies somewhere on a square field. The simplest world with directions in it.
--
-- | action                | moves one cell      | observation | range                                         |
-- |-----------------------|---------------------|-------------|-----------------------------------------------|
-- | up, right, down, left | or stays: the edge  | across      | how far right the mark is, -1 .. 1 of 2 size  |
-- |                       |                     | above       | how far up it is, the same                    |
--
-- The field is 2 size + 1 cells wide; we begin in the middle, the mark on any other cell. Default reward: how much
-- nearer we came, as a share of the first distance (in steps): the return is the share of the way that was made.
-- End: on the mark; truncated after 2 size steps, just enough for a corner. Best: 1. Random: -0.265 (size 3).
-- Who stays between: an axis is missing, or both are mixed up. Worse than random: a direction is turned round.
local o = options(..., { size = 3 })
if o.size < 1 or o.size % 1 ~= 0 then error("size is a whole number from 1, not " .. o.size) end
local SIZE = o.size
local MOVES = { up = { 0, 1 }, right = { 1, 0 }, down = { 0, -1 }, left = { -1, 0 } }

local target = { actions = { "up", "right", "down", "left" }, max_steps = 2 * SIZE,
                 observation = { { "across", low = -1, high = 1 }, { "above", low = -1, high = 1 } } }

local function look(s)
  s.across, s.above = (s.mark_x - s.x) / (2 * SIZE), (s.mark_y - s.y) / (2 * SIZE)
  s.distance = math.abs(s.mark_x - s.x) + math.abs(s.mark_y - s.y)
end

function target.reset(s, rng)
  s.x, s.y = 0, 0
  repeat
    s.mark_x, s.mark_y = rng:integer(-SIZE, SIZE), rng:integer(-SIZE, SIZE)
  until s.mark_x ~= 0 or s.mark_y ~= 0
  look(s)
  s.first_distance, s.nearer = s.distance, 0
end

function target.step(s, action)
  local move, before = MOVES[action], s.distance
  s.x = math.max(-SIZE, math.min(SIZE, s.x + move[1]))
  s.y = math.max(-SIZE, math.min(SIZE, s.y + move[2]))
  look(s)
  s.nearer = before - s.distance
  return s.distance == 0 -- terminated
end

function target.reward(s) return s.nearer / s.first_distance end

function target.render(s)
  local lines = {}
  for y = SIZE, -SIZE, -1 do
    local line = {}
    for x = -SIZE, SIZE do
      local here, mark = x == s.x and y == s.y, x == s.mark_x and y == s.mark_y
      line[#line + 1] = here and "@" or mark and "x" or "."
    end
    lines[#lines + 1] = table.concat(line)
  end
  return table.concat(lines, "\n")
end

return target
