-- Frozen lake: over slippery ice to the goal, around the holes (numbers as Gymnasium's FrozenLake-v1).
--
-- | action                | moves one cell                       | observation                                 |
-- |-----------------------|--------------------------------------|---------------------------------------------|
-- | left, down, right, up | as meant with success_rate, else to  | cell: its number, row by row from 0         |
-- |                       | either side, evenly; a border: stays | (an experiment's one_hot = true spreads it) |
--
-- Map: "4x4", "8x8", or rows of one's own with `/` between: "SFF/FHG". `S` start, `F` frozen, `H` hole, `G` goal; one
-- of several starts is drawn evenly. Not `slippery`: always as meant. Ends in a hole or at a goal. Default reward: that
-- of the cell entered, goal, hole or frozen (1, 0, 0). Truncated after 100 steps, on the 8x8 map 200.
-- Input: `state` = the cell. transitions(cell, action): what can happen, with its probability.
local o = options(..., { map = "4x4", slippery = true, success_rate = 1 / 3, goal = 1, hole = 0, frozen = 0 })
if not (o.success_rate >= 0 and o.success_rate <= 1) then
  error("success_rate is a probability, 0 to 1, not " .. o.success_rate)
end

local MAPS = {
  ["4x4"] = "SFFF/FHFH/FFFH/HFFG",
  ["8x8"] = "SFFFFFFF/FFFFFFFF/FFFHFFFF/FFFFFHFF/FFFHFFFF/FHHFFFHF/FHFFHFHF/FFFHFFFG",
}
local MARKS = { S = "frozen", F = "frozen", H = "hole", G = "goal" }
local rows, columns, place, starts = {}, nil, {}, {} -- place: cell -> "frozen", "hole" or "goal"
for line in (MAPS[o.map] or o.map):gmatch("[^/]+") do
  columns = columns or #line
  if #line ~= columns then
    error(("map row %d has %d cells, row 1 has %d"):format(#rows + 1, #line, columns))
  end
  for column = 1, columns do
    local mark, cell = line:sub(column, column), #rows * columns + column - 1
    place[cell] = MARKS[mark]
    if not place[cell] then
      error(("map row %d, column %d: '%s' is none of S F H G"):format(#rows + 1, column, mark))
    end
    if mark == "S" then starts[#starts + 1] = cell end
  end
  rows[#rows + 1] = line
end
if #starts == 0 then error("the map has no start, S") end

-- the directions in the order they turn, so that a slip is one place to either side
local WORDS = { "left", "down", "right", "up" }
local MOVES = { { 0, -1 }, { 1, 0 }, { 0, 1 }, { -1, 0 } }

local function neighbour(cell, turn)
  local move = MOVES[(turn - 1) % 4 + 1]
  local row, column = cell // columns + move[1], cell % columns + move[2]
  local inside = row >= 0 and row < #rows and column >= 0 and column < columns
  return inside and row * columns + column or cell
end

local outcomes = {} -- cell -> action -> list, in the order in which a draw looks through it
for cell = 0, #rows * columns - 1 do
  outcomes[cell] = {}
  for turn, word in ipairs(WORDS) do
    local list = {}
    local function add(probability, next_cell)
      local kind = place[next_cell]
      list[#list + 1] = { probability = probability, next = next_cell, reward = o[kind], terminated = kind ~= "frozen" }
    end
    if place[cell] ~= "frozen" then -- nothing follows an end
      list[1] = { probability = 1, next = cell, reward = 0, terminated = true }
    elseif o.slippery then
      local slip = (1 - o.success_rate) / 2
      add(slip, neighbour(cell, turn - 1))
      add(o.success_rate, neighbour(cell, turn))
      add(slip, neighbour(cell, turn + 1))
    else
      add(1, neighbour(cell, turn))
    end
    outcomes[cell][word] = list
  end
end

local lake = { actions = WORDS, observation = { { "cell", n = #rows * columns } },
               max_steps = o.map == "8x8" and 200 or 100,
               threshold = ({ ["4x4"] = 0.70, ["8x8"] = 0.85 })[o.map] }

function lake.transitions(cell, action) return outcomes[cell][action] end

function lake.reset(s, rng, input)
  local cell = input.state or starts[#starts == 1 and 1 or rng:integer(1, #starts)]
  if type(cell) == "table" then cell = cell[1] end
  if not outcomes[cell] then error(("state is a cell from 0 to %d, not %s"):format(#outcomes, cell)) end
  s.cell, s.place = cell, place[cell]
end

function lake.step(s, action, rng)
  local outcome = rng:choice(outcomes[s.cell][action], "probability")
  s.cell, s.place = outcome.next, place[outcome.next]
  return outcome.terminated
end

function lake.reward(s) return o[s.place] end

function lake.render(s)
  local lines, here = {}, s.cell // columns + 1
  for row, line in ipairs(rows) do
    local column = s.cell % columns + 1
    lines[row] = row == here and line:sub(1, column - 1) .. "@" .. line:sub(column + 1) or line
  end
  return table.concat(lines, "\n")
end

return lake
