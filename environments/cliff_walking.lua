-- Cliff walking: along a cliff from one corner to the other; the short way is beside the drop (Sutton & Barto 2018,
-- example 6.6; numbers as Gymnasium's CliffWalking-v1, and with `slippery` CliffWalkingSlippery-v1).
--
-- | action                | moves one cell                             | observation                           |
-- |-----------------------|--------------------------------------------|---------------------------------------|
-- | up, right, down, left | or stays at the border; slippery: as often | cell: its number, row by row from 0:  |
-- |                       | to either side as it was meant             | 4 rows of 12, start 36, goal 47       |
--
-- Default reward: -1 a step, -100 for a step into the cliff, which leads back to the start and does not end. Ends at
-- the goal, and only there: no time limit (an experiment's max_steps sets one).
-- Input: `state` = the cell. transitions(cell, action): what can happen, with its probability.
local o = options(..., { slippery = false })
local ROWS, COLUMNS, START, GOAL = 4, 12, 36, 47

-- the directions in the order they turn, so that a slip is one place to either side
local WORDS = { "up", "right", "down", "left" }
local MOVES = { { -1, 0 }, { 0, 1 }, { 1, 0 }, { 0, -1 } }

local function is_cliff(cell) return cell > START and cell < GOAL end

local function neighbour(cell, turn)
  local move = MOVES[(turn - 1) % 4 + 1]
  local row, column = cell // COLUMNS + move[1], cell % COLUMNS + move[2]
  local inside = row >= 0 and row < ROWS and column >= 0 and column < COLUMNS
  return inside and row * COLUMNS + column or cell
end

local outcomes = {} -- cell -> action -> list, in the order in which a draw looks through it
for cell = 0, ROWS * COLUMNS - 1 do
  outcomes[cell] = {}
  for turn, word in ipairs(WORDS) do
    local list = {}
    for slip = o.slippery and -1 or 0, o.slippery and 1 or 0 do
      local entered = neighbour(cell, turn + slip)
      local fell = is_cliff(entered)
      list[#list + 1] = { probability = o.slippery and 1 / 3 or 1, next = fell and START or entered,
                          reward = fell and -100 or -1, terminated = entered == GOAL }
    end
    outcomes[cell][word] = list
  end
end

local cliff = { actions = WORDS, observation = { { "cell", n = ROWS * COLUMNS } } }

function cliff.transitions(cell, action) return outcomes[cell][action] end

function cliff.reset(s, _, input)
  local cell = input.state or START
  if type(cell) == "table" then cell = cell[1] end
  if not outcomes[cell] then error(("state is a cell from 0 to %d, not %s"):format(#outcomes, cell)) end
  s.cell, s.fell = cell, false
end

function cliff.step(s, action, rng)
  local outcome = rng:choice(outcomes[s.cell][action], "probability")
  s.cell, s.fell = outcome.next, outcome.reward == -100
  return outcome.terminated
end

function cliff.reward(s) return s.fell and -100 or -1 end

function cliff.render(s)
  local lines = {}
  for row = 0, ROWS - 1 do
    local marks = {}
    for column = 0, COLUMNS - 1 do
      local cell = row * COLUMNS + column
      marks[column + 1] = cell == s.cell and "@" or cell == GOAL and "G" or is_cliff(cell) and "C" or "."
    end
    lines[row + 1] = table.concat(marks)
  end
  return table.concat(lines, "\n") .. (s.fell and "\nfell" or "")
end

return cliff
