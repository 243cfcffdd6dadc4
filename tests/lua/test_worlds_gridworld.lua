-- The grid with keys, doors and coins, and the default map under dynamic programming.
local episodes = require("episodes")
local luaunit = require("luaunit")

local tests = {}

-- The states that can be reached, each with what an action can lead to: { chance, reward, next or nil }. A slip makes one
-- draw: to one side below slip / 2, to the other below slip, else ahead.
local function explore(grid, slip)
  local lucks = slip > 0 and { { slip / 4, slip / 2 }, { slip * 3 / 4, slip / 2 }, { 1, 1 - slip } } or { { 1, 1 } }
  local first, nodes, known = {}, {}, {}
  local function node_of(s)
    local key = table.concat({ s.row, s.column, table.unpack(s.taken) }, " ")
    if not known[key] then
      nodes[#nodes + 1] = { state = s, actions = {}, worth = 0 }
      known[key] = nodes[#nodes]
    end
    return known[key]
  end
  grid.reset(first)
  node_of(first)
  local i = 1
  while nodes[i] do -- grows meanwhile
    for _, action in ipairs(grid.actions) do
      local list = {}
      for _, luck in ipairs(lucks) do
        local s, reward, terminated = episodes.outcome(grid, nodes[i].state, action, luck[1])
        list[#list + 1] = { chance = luck[2], reward = reward, next = not terminated and node_of(s) or nil }
      end
      table.insert(nodes[i].actions, list)
    end
    i = i + 1
  end
  return nodes
end

-- Value iteration, not discounted; gives the worth of each state, the start's first.
local function solve(options)
  local nodes = explore(episodes.load("gridworld", options), options and options.slip or 0.2)
  repeat
    local change = 0
    for _, node in ipairs(nodes) do
      local best = -math.huge
      for _, list in ipairs(node.actions) do
        local worth = 0
        for _, it in ipairs(list) do worth = worth + it.chance * (it.reward + (it.next and it.next.worth or 0)) end
        best = math.max(best, worth)
      end
      change = math.max(change, math.abs(best - node.worth))
      node.worth = best
    end
  until change < 1e-12
  return nodes
end

-- Russell & Norvig, figure of the utilities of the 4 x 3 world: three decimals of each cell.
function tests.test_grid_worths_are_the_books()
  local book = { { 0.812, 0.868, 0.918 }, { 0.762, nil, 0.660 }, { 0.705, 0.655, 0.611, 0.388 } }
  local nodes = solve()
  luaunit.assertEquals(#nodes, 9)
  for _, node in ipairs(nodes) do
    luaunit.assertAlmostEquals(node.worth, book[node.state.row][node.state.column], 0.0006)
  end
end

local LOCKED = { -- behind the door A the key b, behind the door B the coin
  "aS#$B.",
  "..###.",
  "..A.b.",
  "..#..G",
}
local function certain(options)
  options.slip = 0
  return options
end

-- Shortest ways, counted by hand: to a 1 step, to A 5, to the goal 9; for the coin from A by b 7 and B 11, there 12, and back
-- to the goal 17.
function tests.test_grid_with_keys_doors_and_coins_solved()
  local nodes = solve(certain { map = LOCKED, step_cost = 0.01, coin = 0 })
  luaunit.assertAlmostEquals(nodes[1].worth, 1 - 9 * 0.01, 1e-9)
  nodes = solve(certain { map = LOCKED, step_cost = 0.01, coin = 1 })
  luaunit.assertAlmostEquals(nodes[1].worth, 2 - 17 * 0.01, 1e-9)
  nodes = solve(certain { map = LOCKED, step_cost = 0.01, coin = 0.07 }) -- less than the way to it costs
  luaunit.assertAlmostEquals(nodes[1].worth, 1 - 9 * 0.01, 1e-9)
end

-- Walks the words from the start; gives the world, the state, and the rewards.
local function walk(map, words)
  local grid, s, rewards = episodes.load("gridworld", { map = map, slip = 0, step_cost = 0, coin = 0.25 }), {}, {}
  local terminated = false
  grid.reset(s)
  for i, word in ipairs(words) do
    terminated = grid.step(s, word, episodes.fixed(1))
    rewards[i] = grid.reward(s)
  end
  return grid, s, rewards, terminated
end

function tests.test_grid_door_needs_its_key()
  local _, s = walk(LOCKED, { "down", "down", "right" })
  luaunit.assertEquals({ s.row, s.column, s.place }, { 3, 2, "free" }) -- locked
  local grid
  grid, s = walk(LOCKED, { "left", "down", "down", "right", "right" })
  luaunit.assertEquals({ s.row, s.column, s.place }, { 3, 3, "door" })
  luaunit.assertEquals(grid.render(s), ".S#$B.\n..###.\n..@.b.\n..#..G")
  grid, s = walk(LOCKED, { "left", "down", "down", "right", "right", "right", "right", "left" })
  luaunit.assertEquals({ s.row, s.column, s.place }, { 3, 4, "free" })
  luaunit.assertEquals(grid.render(s), ".S#$/.\n..###.\n../@..\n..#..G")
end

function tests.test_grid_coin_is_taken_once()
  local _, s, rewards = walk({ "S$.G" }, { "right", "up", "right", "left", "right", "right" })
  luaunit.assertEquals(rewards, { 0.25, 0, 0, 0, 0, 1 })
  luaunit.assertEquals(s.place, "goal")
end

function tests.test_grid_shows_what_is_taken()
  local grid, s = walk({ "aS$", "$AG" }, { "right" })
  luaunit.assertEquals(grid.observation, 6 + 3) -- six cells, then a, $, $
  luaunit.assertEquals(grid.observe(s), { 0, 0, 1, 0, 0, 0, 0, 1, 0 })
  grid, s = walk({ "aS$", "$AG" }, { "left", "right", "down" })
  luaunit.assertEquals(grid.observe(s), { 0, 0, 0, 0, 1, 0, 1, 0, 0 })
end

-- Two keys of a letter open the same doors, and one is enough.
function tests.test_grid_any_key_of_the_letter()
  local _, s, _, terminated = walk({ "k.S.kKKG" }, { "right", "right", "right", "right", "right" })
  luaunit.assertEquals({ s.column, terminated }, { 8, true })
end

function tests.test_grid_refuses_a_door_without_a_key()
  local function refusal(map) return lure_test.load_error("environment", "gridworld", { map = map }) end
  luaunit.assertStrContains(refusal { "SxYG" }, "door Y and no key y")
  luaunit.assertStrContains(refusal { "S.gG" }, "column 3") -- g would be the key of the goal
end

return tests
