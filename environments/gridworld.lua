-- A walk on a grid from start to goal, past walls and pits. The default map and numbers are the 4 x 3 world of
-- Russell & Norvig (Artificial Intelligence, chapter on Markov decision processes).
--
-- | action                | moves one cell                     | observation                                |
-- |-----------------------|------------------------------------|--------------------------------------------|
-- | up, right, down, left | or stays: a wall, the map's border | one number a cell, row by row: 1 where we  |
-- |                       | slips to either side: slip / 2 each| stand, 0 elsewhere                         |
--
-- Map, one text a row: `#` wall, `S` start, `G` goal, `P` pit, `.` free. One start, any number of the others.
-- Default reward: -step_cost each step, and +goal or -pit on entering one. End: entering a goal or a pit.
local o = options(..., {
  map = { "...G", ".#.P", "S..." },
  slip = 0.2, step_cost = 0.04, goal = 1, pit = 1, max_steps = 100,
})
if not (o.slip >= 0 and o.slip <= 1) then error("slip is a probability, 0 to 1, not " .. o.slip) end

local KINDS = { ["#"] = "wall", S = "start", G = "goal", P = "pit", ["."] = "free" }
local rows, columns = #o.map, #(o.map[1] or "")
local kinds, start = {}, nil -- kinds: cell number -> kind; cells are numbered row by row from 1
for row, line in ipairs(o.map) do
  if #line ~= columns then
    error(("map row %d has %d cells, row 1 has %d"):format(row, #line, columns))
  end
  for column = 1, columns do
    local mark, cell = line:sub(column, column), (row - 1) * columns + column
    kinds[cell] = KINDS[mark]
    if not kinds[cell] then
      error(("map row %d, column %d: '%s' is none of # S G P ."):format(row, column, mark))
    end
    if mark == "S" then
      if start then error("the map has more than one start, S") end
      start = { row = row, column = column }
    end
  end
end
if not start then error("the map has no start, S") end

-- the directions in the order they turn, so that a slip is one place to either side
local WORDS = { "up", "right", "down", "left" }
local MOVES = { { -1, 0 }, { 0, 1 }, { 1, 0 }, { 0, -1 } }
local turn_of = { up = 1, right = 2, down = 3, left = 4 }

local grid = { actions = WORDS, observation = rows * columns, max_steps = o.max_steps }

local function kind_at(row, column)
  local inside = row >= 1 and row <= rows and column >= 1 and column <= columns
  return inside and kinds[(row - 1) * columns + column] or "wall"
end

function grid.reset(s) s.row, s.column, s.place = start.row, start.column, "start" end

function grid.step(s, action, rng)
  local turn, luck = turn_of[action], rng:uniform()
  if luck < o.slip / 2 then
    turn = turn - 1
  elseif luck < o.slip then
    turn = turn + 1
  end
  local move = MOVES[(turn - 1) % 4 + 1]
  local row, column = s.row + move[1], s.column + move[2]
  if kind_at(row, column) ~= "wall" then s.row, s.column = row, column end
  s.place = kind_at(s.row, s.column)
  return s.place == "goal" or s.place == "pit"
end

function grid.observe(s)
  local seen = {}
  for cell = 1, rows * columns do seen[cell] = 0 end
  seen[(s.row - 1) * columns + s.column] = 1
  return seen
end

function grid.reward(s)
  local found = s.place == "goal" and o.goal or s.place == "pit" and -o.pit or 0
  return found - o.step_cost
end

function grid.render(s)
  local lines = {}
  for row, line in ipairs(o.map) do
    lines[row] = row == s.row and line:sub(1, s.column - 1) .. "@" .. line:sub(s.column + 1) or line
  end
  return table.concat(lines, "\n")
end

return grid
