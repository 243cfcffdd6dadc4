-- A walk on a grid from start to goal, past walls, pits and locked doors, with keys and coins to pick up. The default
-- map and numbers are the 4 x 3 world of Russell & Norvig (Artificial Intelligence, Markov decision processes).
--
-- | action                | moves one cell                      | observation                                       |
-- |-----------------------|-------------------------------------|---------------------------------------------------|
-- | up, right, down, left | or stays: a wall, a door without    | one number a cell, row by row: 1 where we stand,  |
-- |                       | its key, the map's border           | else 0; then one a key or coin of the map, row by |
-- |                       | slips to either side: slip / 2 each | row: 1 when it is taken, else 0                   |
--
-- Map, one text a row: `#` wall, `S` start, `G` goal, `P` pit, `.` free, `$` coin, `a` a key (any small letter but s, g
-- and p), `A` a door: whoever has taken a key passes all doors of its letter. One start, any number of the others.
-- Default reward: -step_cost each step, +goal or -pit on entering one, +coin on taking one. End: in a goal or a pit.
local o = options(..., {
  map = { "...G", ".#.P", "S..." },
  slip = 0.2, step_cost = 0.04, goal = 1, pit = 1, coin = 1, max_steps = 100,
})
if not (o.slip >= 0 and o.slip <= 1) then error("slip is a probability, 0 to 1, not " .. o.slip) end

local KINDS = { ["#"] = "wall", S = "start", G = "goal", P = "pit", ["$"] = "coin", ["."] = "free" }
local function kind_of(mark)
  return KINDS[mark] or mark:find("%l") and not KINDS[mark:upper()] and "key" or mark:find("%u") and "door"
end

local rows, columns = #o.map, #(o.map[1] or "")
local kinds, marks, start = {}, {}, nil -- by cell number; cells are numbered row by row from 1
local items, item_of = {}, {} -- the cells that hold a key or a coin, and which of them a cell is
for row, line in ipairs(o.map) do
  if #line ~= columns then
    error(("map row %d has %d cells, row 1 has %d"):format(row, #line, columns))
  end
  for column = 1, columns do
    local mark, cell = line:sub(column, column), (row - 1) * columns + column
    kinds[cell], marks[cell] = kind_of(mark), mark
    if not kinds[cell] then
      error(("map row %d, column %d: '%s' is none of # S G P . $, a key (small letter) or a door (its capital)")
        :format(row, column, mark))
    end
    if kinds[cell] == "key" or kinds[cell] == "coin" then
      items[#items + 1] = cell
      item_of[cell] = #items
    end
    if mark == "S" then
      if start then error("the map has more than one start, S") end
      start = { row = row, column = column }
    end
  end
end
if not start then error("the map has no start, S") end

local keys_of = {} -- a door's mark -> the items that open it
for item, cell in ipairs(items) do
  local door = marks[cell]:upper()
  keys_of[door] = keys_of[door] or {}
  table.insert(keys_of[door], item)
end
for cell, kind in ipairs(kinds) do
  if kind == "door" and not keys_of[marks[cell]] then
    error(("the map has a door %s and no key %s"):format(marks[cell], marks[cell]:lower()))
  end
end

-- the directions in the order they turn, so that a slip is one place to either side
local WORDS = { "up", "right", "down", "left" }
local MOVES = { { -1, 0 }, { 0, 1 }, { 1, 0 }, { 0, -1 } }
local turn_of = { up = 1, right = 2, down = 3, left = 4 }

local grid = { actions = WORDS, observation = rows * columns + #items, max_steps = o.max_steps }

local function is_open(s, door)
  for _, item in ipairs(keys_of[door]) do
    if s.taken[item] == 1 then return true end
  end
  return false
end

local function kind_at(s, row, column)
  local inside = row >= 1 and row <= rows and column >= 1 and column <= columns
  local cell = inside and (row - 1) * columns + column
  local kind = cell and kinds[cell] or "wall"
  if kind == "door" and not is_open(s, marks[cell]) then return "wall", cell end
  if item_of[cell] and s.taken[item_of[cell]] == 1 then return "free", cell end
  return kind, cell
end

function grid.reset(s)
  s.row, s.column, s.place, s.taken = start.row, start.column, "start", {}
  for item = 1, #items do s.taken[item] = 0 end
end

function grid.step(s, action, rng)
  local turn, luck = turn_of[action], rng:uniform()
  if luck < o.slip / 2 then
    turn = turn - 1
  elseif luck < o.slip then
    turn = turn + 1
  end
  local move = MOVES[(turn - 1) % 4 + 1]
  local row, column = s.row + move[1], s.column + move[2]
  if kind_at(s, row, column) ~= "wall" then s.row, s.column = row, column end
  local place, cell = kind_at(s, s.row, s.column)
  if item_of[cell] then s.taken[item_of[cell]] = 1 end
  s.place = place
  return s.place == "goal" or s.place == "pit"
end

function grid.observe(s)
  local seen = {}
  for cell = 1, rows * columns do seen[cell] = 0 end
  seen[(s.row - 1) * columns + s.column] = 1
  for item = 1, #items do seen[rows * columns + item] = s.taken[item] end
  return seen
end

function grid.reward(s)
  local found = s.place == "goal" and o.goal or s.place == "pit" and -o.pit or s.place == "coin" and o.coin or 0
  return found - o.step_cost
end

-- The map with us on it as `@`; what was taken is gone, an open door is `/`.
function grid.render(s)
  local lines = {}
  for row, line in ipairs(o.map) do
    local shown = {}
    for column = 1, #line do
      local kind, cell = kind_at(s, row, column)
      local open = kinds[cell] == "door" and kind == "door"
      local here = row == s.row and column == s.column
      shown[column] = here and "@" or open and "/" or item_of[cell] and kind == "free" and "." or marks[cell]
    end
    lines[row] = table.concat(shown)
  end
  return table.concat(lines, "\n")
end

return grid
