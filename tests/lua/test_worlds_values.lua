-- The classic worlds' exact values. By dynamic programming over their own transitions: optima and what random actions are
-- worth. By play: mean returns of random actions and simple rules, within four standard errors. The expected numbers
-- were computed over Gymnasium's definitions; Taxi's optimum of 7.93 (not its registry's 8.46) too.
local luaunit = require("luaunit")

local tests = {}

local function load_world(name, options) return lure_test.load("environment", name, options) end

-- ---- by dynamic programming ----

-- Undiscounted values after `sweeps` backups, by `combine` (a list of the actions' values); less when nothing moves.
local function values_of(world, sweeps, combine, reward_of)
  local n, values = world.observation[1].n, {}
  for state = 0, n - 1 do values[state] = 0 end
  for _ = 1, sweeps do
    local after, moved = {}, 0
    for state = 0, n - 1 do
      local worth = {}
      for i, word in ipairs(world.actions) do
        worth[i] = 0
        for _, outcome in ipairs(world.transitions(state, word)) do
          local reward = reward_of and reward_of(state) or outcome.reward
          worth[i] = worth[i] + outcome.probability * (reward + (outcome.terminated and 0 or values[outcome.next]))
        end
      end
      after[state] = combine(worth)
      moved = math.max(moved, math.abs(after[state] - values[state]))
    end
    values = after
    if moved < 1e-12 then break end
  end
  return values
end

local function best(worth) return math.max(table.unpack(worth)) end

local function average(worth)
  local sum = 0
  for _, x in ipairs(worth) do sum = sum + x end
  return sum / #worth
end

function tests.test_frozen_lake_optimum()
  local lake = load_world("frozen_lake")
  luaunit.assertAlmostEquals(values_of(lake, lake.max_steps, best)[0], 0.74419, 5e-6)
  luaunit.assertAlmostEquals(values_of(lake, 100000, best)[0], 14 / 17, 1e-9)
  local large = load_world("frozen_lake", { map = "8x8" })
  luaunit.assertEquals(large.max_steps, 200)
  luaunit.assertAlmostEquals(values_of(large, large.max_steps, best)[0], 0.91322, 5e-6)
  luaunit.assertEquals(values_of(load_world("frozen_lake", { slippery = false }), 100, best)[0], 1)
end

function tests.test_frozen_lake_at_random()
  local lake, large = load_world("frozen_lake"), load_world("frozen_lake", { map = "8x8" })
  luaunit.assertAlmostEquals(values_of(lake, lake.max_steps, average)[0], 0.01394, 5e-6)
  luaunit.assertAlmostEquals(values_of(large, large.max_steps, average)[0], 0.00190, 5e-6)
  luaunit.assertAlmostEquals(values_of(lake, lake.max_steps, average, function() return 1 end)[0], 7.67, 5e-3)
end

function tests.test_cliff_walking_optimum()
  luaunit.assertEquals(values_of(load_world("cliff_walking"), 100, best)[36], -13)
  local slippery = load_world("cliff_walking", { slippery = true })
  luaunit.assertAlmostEquals(values_of(slippery, 100000, best)[36], -64.71, 5e-3)
end

-- Taxi's 300 starts: the passenger at a stand that is not his destination.
local function taxi_starts()
  local starts = {}
  for state = 0, 499 do
    local passenger, destination = state // 4 % 5, state % 4
    if passenger < 4 and passenger ~= destination then starts[#starts + 1] = state end
  end
  return starts
end

function tests.test_taxi_optimum()
  local taxi = load_world("taxi")
  local values, starts = values_of(taxi, 200, best), taxi_starts()
  local sum, least, most = 0, math.huge, -math.huge
  for _, state in ipairs(starts) do
    sum, least, most = sum + values[state], math.min(least, values[state]), math.max(most, values[state])
  end
  luaunit.assertEquals(#starts, 300)
  luaunit.assertAlmostEquals(sum / #starts, 7.93, 5e-3)
  luaunit.assertEquals({ least, most }, { 3, 15 })
end

function tests.test_taxi_at_random()
  local values, sum = values_of(load_world("taxi"), 200, average), 0
  for _, state in ipairs(taxi_starts()) do sum = sum + values[state] end
  luaunit.assertAlmostEquals(sum / 300, -771.1, 0.05)
end

function tests.test_taxi_reaches_404_states()
  local taxi, seen, n = load_world("taxi"), {}, 0
  local open = taxi_starts()
  for _, state in ipairs(open) do seen[state] = true end
  while #open > 0 do
    local state = table.remove(open)
    n = n + 1
    for _, word in ipairs(taxi.actions) do
      local outcome = taxi.transitions(state, word)[1]
      if not seen[outcome.next] then
        seen[outcome.next] = true
        if outcome.terminated then n = n + 1 else open[#open + 1] = outcome.next end
      end
    end
  end
  luaunit.assertEquals(n, 404)
end

-- ---- blackjack, by going through every sequence of cards ----

-- Calls play(rng) once for each sequence of cards that it may draw; gives each to see(weight), its probability.
local function every_draw(play, see)
  local cards, drawn = {}, 0
  local rng = {}
  function rng.integer()
    drawn = drawn + 1
    cards[drawn] = cards[drawn] or 1
    return cards[drawn]
  end
  repeat
    drawn = 0
    play(rng)
    local weight = 1
    for i = 1, drawn do weight = weight * (cards[i] == 10 and 4 or 1) / 13 end
    see(weight)
    while drawn > 0 and cards[drawn] == 10 do
      cards[drawn], drawn = nil, drawn - 1
    end
    if drawn > 0 then cards[drawn] = cards[drawn] + 1 end
  until drawn == 0
end

-- What a game is worth, if choose(sum) says `stick`, `hit`, `best` (the better of the two) or `either`.
local function blackjack_value(options, choose)
  local world = load_world("blackjack", options)
  local dealers = {} -- open card -> how the dealer may end: { dealer_sum, dealer_cards, weight }
  local function dealer_ends(open)
    if dealers[open] then return dealers[open] end
    local ends, s = {}, nil
    every_draw(function(rng)
      s = { sum = 20, ace = 0, cards = 2, dealer = open, hidden = rng.integer(), dealer_cards = 2 }
      world.step(s, "stick", rng)
    end, function(weight)
      local key = s.dealer_sum * 100 + s.dealer_cards
      ends[key] = (ends[key] or 0) + weight
    end)
    dealers[open] = ends
    return ends
  end

  local known = {}
  local function value(sum, dealer, ace, cards)
    local key = ((sum * 11 + dealer) * 2 + ace) * 2 + (cards == 2 and 1 or 0)
    if known[key] then return known[key] end
    local stick, hit = 0, 0
    for ending, weight in pairs(dealer_ends(dealer)) do
      local s = { sum = sum, ace = ace, cards = cards, dealer = dealer, dealer_sum = ending // 100,
                  dealer_cards = ending % 100 }
      stick = stick + weight * world.reward(s, "stick", true)
    end
    if choose(sum) ~= "stick" then
      local s, terminated
      every_draw(function(rng)
        s = { sum = sum, ace = ace, cards = cards, dealer = dealer }
        terminated = world.step(s, "hit", rng)
      end, function(weight)
        local reward = world.reward(s, "hit", terminated)
        hit = hit + weight * (reward + (terminated and 0 or value(s.sum, dealer, s.ace, s.cards)))
      end)
    end
    local word = choose(sum)
    known[key] = word == "stick" and stick or word == "hit" and hit or word == "best" and math.max(stick, hit)
      or (stick + hit) / 2
    return known[key]
  end

  local s, total = nil, 0
  every_draw(function(rng)
    s = {}
    local n = 0 -- the second card is hidden: one stands for all
    world.reset(s, { integer = function()
      n = n + 1
      return n == 2 and 1 or rng.integer()
    end }, {})
  end, function(weight) total = total + weight * value(s.sum, s.dealer, s.ace, s.cards) end)
  return total
end

function tests.test_blackjack_optimum()
  luaunit.assertAlmostEquals(blackjack_value({}, function() return "best" end), -0.04311, 5e-6)
  local plain = blackjack_value({ sab = false }, function() return "best" end)
  luaunit.assertAlmostEquals(plain, -0.04656, 5e-6)
end

function tests.test_blackjack_rules()
  local function from(least) return function(sum) return sum >= least and "stick" or "hit" end end
  luaunit.assertAlmostEquals(blackjack_value({}, from(20)), -0.3501, 5e-5)
  luaunit.assertAlmostEquals(blackjack_value({}, from(17)), -0.0759, 5e-5)
  luaunit.assertAlmostEquals(blackjack_value({}, function() return "either" end), -0.3942, 5e-5)
end

-- ---- by play ----

-- The returns of n episodes, as mean and standard error; choose(s, rng, world) gives the action.
local function play(world, n, seed, choose)
  local rng, sum, squares = lure_test.rng(seed), 0, 0
  for _ = 1, n do
    local s, total, steps, terminated = {}, 0, 0
    world.reset(s, rng, {})
    repeat
      local action = choose(s, rng, world)
      terminated = world.step(s, action, rng)
      total, steps = total + world.reward(s, action, terminated), steps + 1
    until terminated or steps == world.max_steps
    sum, squares = sum + total, squares + total * total
  end
  local mean = sum / n
  return mean, math.sqrt((squares / n - mean * mean) / (n - 1))
end

local function at_random(_, rng, world)
  local actions = world.actions
  return actions.low and rng:uniform(actions.low, actions.high) or actions[rng:integer(1, #actions)]
end

local function assert_worth(expected, digit, world, n, choose)
  local mean, error_ = play(world, n, 11, choose)
  luaunit.assertAlmostEquals(mean, expected, 4 * error_ + digit / 2)
end

function tests.test_cartpole_rules()
  local cartpole = load_world("cartpole")
  assert_worth(22.24, 0.01, cartpole, 4000, at_random)
  assert_worth(42.06, 0.01, cartpole, 2000, function(s) return s.angle > 0 and "right" or "left" end)
  assert_worth(484.8, 0.1, cartpole, 200, function(s) return s.angle + s.spin > 0 and "right" or "left" end)
end

function tests.test_mountain_car_rules()
  local car = load_world("mountain_car")
  luaunit.assertEquals(play(car, 50, 12, at_random), -200)
  assert_worth(-119.45, 0.01, car, 500, function(s) return s.velocity >= 0 and "right" or "left" end)
end

function tests.test_mountain_car_continuous_rules()
  local car = load_world("mountain_car_continuous")
  assert_worth(-33.1, 0.1, car, 60, at_random)
  assert_worth(89.35, 0.01, car, 300, function(s) return s.velocity >= 0 and 1 or -1 end)
  luaunit.assertEquals(play(car, 3, 13, function() return 0 end), 0)
end

-- Three of two hundred random episodes reach the bar: the deviation is known (8.3), and a sample's own would be loose.
function tests.test_acrobot_rules()
  local acrobot = load_world("acrobot")
  luaunit.assertAlmostEquals(play(acrobot, 100, 14, at_random), -498.99, 4 * 8.3 / 10)
  local s, steps, terminated = {}, 0
  acrobot.reset(s, nil, { state = { 0, 0, 0, 0 } })
  repeat
    terminated = acrobot.step(s, s.speed2 > 0 and "plus" or "minus")
    steps = steps + 1
  until terminated or steps == 500
  luaunit.assertEquals(steps, 73)
end

function tests.test_pendulum_rules()
  local pendulum = load_world("pendulum")
  assert_worth(-1226, 1, pendulum, 400, at_random)
  assert_worth(-1218, 1, pendulum, 400, function() return 0 end)
end

function tests.test_frozen_lake_by_play()
  assert_worth(0.01394, 0.00001, load_world("frozen_lake"), 20000, at_random)
end

function tests.test_taxi_by_play()
  assert_worth(-771.1, 0.1, load_world("taxi"), 150, at_random)
end

function tests.test_blackjack_by_play()
  local blackjack = load_world("blackjack")
  assert_worth(-0.3942, 0.0001, blackjack, 20000, at_random)
  assert_worth(-0.0759, 0.0001, blackjack, 20000, function(s) return s.sum >= 17 and "stick" or "hit" end)
end

return tests
