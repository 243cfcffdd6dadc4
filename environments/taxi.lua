-- Taxi: fetch a passenger at one stand and set him down at another (Dietterich 2000; numbers as Gymnasium's Taxi-v4).
--
-- | action                   | does                                    | observation                               |
-- |--------------------------|-----------------------------------------|-------------------------------------------|
-- | south, north, east, west | moves one cell, or stays at a wall      | state, one of 500:                        |
-- | pick_up                  | takes the passenger aboard at his stand | ((row * 5 + column) * 5 + passenger) * 4  |
-- | drop_off                 | sets him down at any stand              | + destination, all counted from 0         |
--
-- Stands: 0 R, 1 G, 2 Y, 3 B; passenger 4 is aboard. Start: one of the 300 states with the passenger at a stand that is
-- not his destination. Default reward: -1 a step, +20 for setting him down where he wants to go, which ends, -10 for a
-- pick_up or drop_off that cannot be. Truncated after 200 steps. The threshold of 8 is above the best policy's 7.93.
-- `rainy`: moves as meant with rainy_probability, else to either side, evenly; where a wall is in the way, nowhere.
-- `fickle`: with fickle_probability an episode's passenger wants to go elsewhere at the first move with him aboard.
-- `masked`: legal(s) allows only what changes the state. Input: `state` = its number.
-- transitions(state, action): what can happen, with its probability (a change of mind apart).
local o = options(..., { rainy = false, rainy_probability = 0.8, fickle = false, fickle_probability = 0.3,
                         masked = false })
for _, name in ipairs { "rainy_probability", "fickle_probability" } do
  if not (o[name] >= 0 and o[name] <= 1) then error(name .. " is a probability, 0 to 1, not " .. o[name]) end
end

local MAP = { -- a wall is a `|` between two cells
  "R: | : :G",
  " : | : : ",
  " : : : : ",
  " | : | : ",
  "Y| : |B: ",
}
local STANDS = { [0] = { 0, 0, "R" }, { 0, 4, "G" }, { 4, 0, "Y" }, { 4, 3, "B" } }
local ABOARD, N_STATES = 4, 500
local WORDS = { "south", "north", "east", "west", "pick_up", "drop_off" }
local MOVES = { south = { 1, 0 }, north = { -1, 0 }, east = { 0, 1 }, west = { 0, -1 } }
local SIDES = { south = { "east", "west" }, north = { "west", "east" }, east = { "north", "south" },
                west = { "south", "north" } } -- left and right of where it heads

local function encoded(row, column, passenger, destination)
  return ((row * 5 + column) * 5 + passenger) * 4 + destination
end

local function decoded(state) return state // 100, state // 20 % 5, state // 4 % 5, state % 4 end

local function stand_at(row, column)
  for stand = 0, 3 do
    if STANDS[stand][1] == row and STANDS[stand][2] == column then return stand end
  end
end

-- The cell in that direction, or this one where a wall or the border is in the way.
local function moved(row, column, word)
  local to_row, to_column = row + MOVES[word][1], column + MOVES[word][2]
  local inside = to_row >= 0 and to_row <= 4 and to_column >= 0 and to_column <= 4
  local between = column + to_column + 1 -- where the mark between two cells of a row stands
  if not inside or (to_row == row and MAP[row + 1]:sub(between, between) == "|") then return row, column end
  return to_row, to_column
end

-- What an action does: a list in the order in which a draw looks through it.
local function outcomes_of(state, word)
  local row, column, passenger, destination = decoded(state)
  local here = stand_at(row, column)
  local function outcome(probability, to_row, to_column, to_passenger, reward, terminated)
    return { probability = probability, next = encoded(to_row, to_column, to_passenger, destination),
             reward = reward, terminated = terminated or false }
  end
  if word == "pick_up" then
    local can = passenger < ABOARD and passenger == here
    return { outcome(1, row, column, can and ABOARD or passenger, can and -1 or -10) }
  elseif word == "drop_off" then
    local can = passenger == ABOARD and here ~= nil
    local there = can and here == destination
    return { outcome(1, row, column, can and here or passenger, there and 20 or can and -1 or -10, there) }
  end
  local function move(probability, direction)
    local to_row, to_column = moved(row, column, direction)
    return outcome(probability, to_row, to_column, passenger, -1)
  end
  if not o.rainy then return { move(1, word) } end
  local slip, blocked = (1 - o.rainy_probability) / 2, move(1, word).next == state
  return { move(o.rainy_probability, word), move(slip, blocked and word or SIDES[word][1]),
           move(slip, blocked and word or SIDES[word][2]) }
end

local outcomes, starts, legal = {}, {}, {} -- state -> action -> outcomes; the 300; state -> words that change it
for state = 0, N_STATES - 1 do
  local _, _, passenger, destination = decoded(state)
  if passenger < ABOARD and passenger ~= destination then starts[#starts + 1] = state end
  outcomes[state], legal[state] = {}, {}
  for _, word in ipairs(WORDS) do
    local list = outcomes_of(state, word)
    outcomes[state][word] = list
    if list[1].next ~= state then table.insert(legal[state], word) end
  end
end

local taxi = { actions = WORDS, observation = { { "state", n = N_STATES } }, max_steps = 200,
               threshold = 8 }

function taxi.transitions(state, action) return outcomes[state][action] end

local function arrive(s, state)
  s.state = state
  s.row, s.column, s.passenger, s.destination = decoded(state)
end

function taxi.reset(s, rng, input)
  local state = input.state or starts[rng:integer(1, #starts)]
  if type(state) == "table" then state = state[1] end
  if not outcomes[state] then error(("state is a number from 0 to %d, not %s"):format(#outcomes, state)) end
  arrive(s, state)
  s.refused = false
  s.fickle = o.fickle and rng:bernoulli(o.fickle_probability)
end

function taxi.step(s, action, rng)
  local outcome = rng:choice(outcomes[s.state][action], "probability")
  local state, was_aboard = outcome.next, s.passenger == ABOARD
  if s.fickle and was_aboard and state // 20 ~= s.state // 20 then -- the first move with him aboard
    s.fickle = false
    local other = rng:integer(0, 2) -- of the three other stands
    state = state - s.destination + (other < s.destination and other or other + 1)
  end
  arrive(s, state)
  s.refused = outcome.reward == -10
  return outcome.terminated
end

function taxi.reward(s, action, terminated) return terminated and 20 or s.refused and -10 or -1 end

if o.masked then
  function taxi.legal(s) return legal[s.state] end
end

-- The town: `t` the taxi, `T` with the passenger aboard, `p` the passenger at his stand.
function taxi.render(s)
  local lines = {}
  for row, line in ipairs(MAP) do lines[row] = "|" .. line .. "|" end
  local function put(row, column, mark)
    local at = 2 * column + 2
    lines[row + 1] = lines[row + 1]:sub(1, at - 1) .. mark .. lines[row + 1]:sub(at + 1)
  end
  local waiting = STANDS[s.passenger]
  if waiting then put(waiting[1], waiting[2], "p") end
  put(s.row, s.column, waiting and "t" or "T")
  return ("%s\npassenger %s, wants to %s"):format(table.concat(lines, "\n"),
    waiting and "at " .. waiting[3] or "aboard", STANDS[s.destination][3])
end

return taxi
