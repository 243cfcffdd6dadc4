-- The classic worlds alone: published traces, starts, what the input changes, options, chance and the drawing. What they do
-- beside Gymnasium's is in test_worlds_recorded.lua, what they are worth in test_worlds_values.lua.
local luaunit = require("luaunit")

local NAMES = { "acrobot", "blackjack", "cartpole", "cliff_walking", "frozen_lake", "mountain_car",
                "mountain_car_continuous", "pendulum", "taxi" }
local tests = {}

local function load_world(name, options) return lure_test.load("environment", name, options) end

local function at_random(world, rng)
  local actions = world.actions
  return actions.low and rng:uniform(actions.low, actions.high) or actions[rng:integer(1, #actions)]
end

-- A start of that world: s.
local function begun(world, seed, input)
  local s = {}
  world.reset(s, lure_test.rng(seed), input or {})
  return s
end

local function assert_close(got, expected, margin)
  for i = 1, #expected do luaunit.assertAlmostEquals(got[i], expected[i], margin) end
end

-- ---- published traces, in double precision ----

function tests.test_mountain_car_follows_published_steps()
  local car = load_world("mountain_car")
  local s = begun(car, 1, { state = { -0.5, 0 } })
  car.step(s, "right")
  assert_close({ s.position, s.velocity }, { -0.499176843, 0.000823156996 }, 1e-9)
  for _ = 2, 50 do car.step(s, "right") end
  assert_close({ s.position, s.velocity }, { -0.318464789, -0.00762363279 }, 1e-9)
end

function tests.test_pendulum_follows_published_steps()
  local pendulum = load_world("pendulum")
  local s = begun(pendulum, 1, { state = { math.pi / 2, 0 } })
  luaunit.assertFalse(pendulum.step(s, 0))
  assert_close({ s.angle, s.speed, pendulum.reward(s) }, { 1.60829633, 0.75, -2.4674011 }, 1e-8)
  for _ = 2, 10 do pendulum.step(s, 0) end
  assert_close({ s.angle, s.speed }, { 3.39489745, 5.47567613 }, 1e-8)
end

-- ---- declarations ----

function tests.test_time_limits()
  local limits = {}
  for _, name in ipairs(NAMES) do limits[name] = load_world(name).max_steps or "none" end
  luaunit.assertEquals(limits, { acrobot = 500, blackjack = "none", cartpole = 500, cliff_walking = "none",
    frozen_lake = 100, mountain_car = 200, mountain_car_continuous = 999, pendulum = 200, taxi = 200 })
end

-- What is seen lies within what was declared, in every world under random actions; and it can be drawn.
function tests.test_seen_as_declared_and_drawn()
  for _, name in ipairs(NAMES) do
    local world, rng = load_world(name), lure_test.rng(21)
    local s = begun(world, 22)
    for _ = 1, 2000 do
      local seen = world.observe and world.observe(s) or nil
      for i, entry in ipairs(world.observation) do
        local field = type(entry) == "table" and entry[1] or entry
        local x = seen and seen[i] or s[field]
        luaunit.assertEquals(type(x), "number", name)
        if type(entry) == "table" then
          luaunit.assertTrue(x >= (entry.low or 0) and x <= (entry.high or entry.n - 1), name .. " " .. field)
          luaunit.assertTrue(not entry.n or math.type(x) == "integer", name)
        end
      end
      luaunit.assertStrMatches(world.render(s), ".+")
      local terminated = world.step(s, at_random(world, rng), rng)
      luaunit.assertEquals(type(terminated), "boolean")
      luaunit.assertEquals(type(world.reward(s, world.actions[1] or 0, terminated)), "number")
      if terminated then
        s = {}
        world.reset(s, rng, {})
      end
    end
  end
end

-- ---- starts ----

-- The least and the most of a field over many starts.
local function range(world, field, input)
  local least, most, rng = math.huge, -math.huge, lure_test.rng(23)
  for _ = 1, 2000 do
    local s = {}
    world.reset(s, rng, input or {})
    least, most = math.min(least, s[field]), math.max(most, s[field])
  end
  return least, most
end

local function assert_range(name, field, low, high, input)
  local least, most = range(load_world(name), field, input)
  local near = (high - low) / 100
  luaunit.assertTrue(least >= low and least <= low + near, name .. " " .. field)
  luaunit.assertTrue(most <= high and most >= high - near, name .. " " .. field)
end

function tests.test_starts_are_spread_as_gymnasiums()
  for _, field in ipairs { "x", "speed", "angle", "spin" } do
    assert_range("cartpole", field, -0.05, 0.05)
    assert_range("cartpole", field, 1, 2, { low = 1, high = 2 })
  end
  for _, field in ipairs { "angle1", "angle2", "speed1", "speed2" } do
    assert_range("acrobot", field, -0.1, 0.1000001)
    assert_range("acrobot", field, -0.5, -0.25, { low = -0.5, high = -0.25 })
  end
  for _, name in ipairs { "mountain_car", "mountain_car_continuous" } do
    assert_range(name, "position", -0.6, -0.4)
    assert_range(name, "position", -0.8, 0.2, { low = -0.8, high = 0.2 })
    luaunit.assertEquals({ range(load_world(name), "velocity") }, { 0, 0 })
  end
  assert_range("pendulum", "angle", -math.pi, math.pi)
  assert_range("pendulum", "speed", -1, 1)
  assert_range("pendulum", "angle", -0.5, 0.5, { x_init = 0.5 })
  assert_range("pendulum", "speed", -2, 2, { y_init = 2 })
end

function tests.test_a_start_can_be_told()
  local function told(name, state, fields)
    local s = begun(load_world(name), 24, { state = state })
    for i, field in ipairs(fields) do fields[i] = s[field] end
    return fields
  end
  luaunit.assertEquals(told("cartpole", { 1, 2, 3, 4 }, { "x", "speed", "angle", "spin" }), { 1, 2, 3, 4 })
  luaunit.assertEquals(told("acrobot", { 1, 2, 3, 4 }, { "angle1", "angle2", "speed1", "speed2" }), { 1, 2, 3, 4 })
  luaunit.assertEquals(told("mountain_car", { -1, 0.05 }, { "position", "velocity" }), { -1, 0.05 })
  luaunit.assertEquals(told("mountain_car_continuous", { -1, 0.05 }, { "position", "velocity" }), { -1, 0.05 })
  luaunit.assertEquals(told("pendulum", { 4, -3 }, { "angle", "speed" }), { 4, -3 })
  luaunit.assertEquals(told("blackjack", { 18, 10, 1 }, { "sum", "dealer", "ace" }), { 18, 10, 1 })
  for _, state in ipairs { 14, { 14 } } do
    luaunit.assertEquals(told("frozen_lake", state, { "cell", "place" }), { 14, "frozen" })
    luaunit.assertEquals(told("cliff_walking", state, { "cell" }), { 14 })
  end
  local id = ((3 * 5 + 1) * 5 + 2) * 4 + 0
  luaunit.assertEquals(told("taxi", id, { "state", "row", "column", "passenger", "destination" }), { id, 3, 1, 2, 0 })
end

function tests.test_a_start_that_is_none_is_refused()
  for name, state in pairs { frozen_lake = 16, cliff_walking = 48, taxi = 500 } do
    luaunit.assertErrorMsgContains("not " .. state, begun, load_world(name), 25, { state = state })
    luaunit.assertErrorMsgContains("not -1", begun, load_world(name), 25, { state = { -1 } })
  end
end

function tests.test_taxi_starts_are_the_300()
  local taxi, rng, seen, n = load_world("taxi"), lure_test.rng(26), {}, 0
  for _ = 1, 6000 do
    local s = {}
    taxi.reset(s, rng, {})
    luaunit.assertTrue(s.passenger < 4 and s.passenger ~= s.destination)
    if not seen[s.state] then seen[s.state], n = true, n + 1 end
  end
  luaunit.assertEquals(n, 300)
end

-- ---- single precision ----

function tests.test_what_is_kept_in_single_precision()
  local function is_single(x) return string.unpack("<f", string.pack("<f", x)) == x end
  local car, rng = load_world("mountain_car_continuous"), lure_test.rng(27)
  local s = begun(car, 28)
  luaunit.assertFalse(is_single(s.position)) -- the start is not rounded yet
  for _ = 1, 100 do
    car.step(s, rng:uniform(-1, 1))
    luaunit.assertTrue(is_single(s.position) and is_single(s.velocity))
  end
  local acrobot = load_world("acrobot")
  s = begun(acrobot, 28)
  luaunit.assertTrue(is_single(s.angle1) and is_single(s.angle2) and is_single(s.speed1) and is_single(s.speed2))
  acrobot.step(s, "plus")
  luaunit.assertFalse(is_single(s.angle1))
end

function tests.test_a_push_beyond_the_bounds_costs_but_pushes_no_harder()
  local car = load_world("mountain_car_continuous")
  local one, two = begun(car, 29), begun(car, 29)
  luaunit.assertEquals(car.step(one, 1), car.step(two, 2))
  luaunit.assertEquals(one, two)
  luaunit.assertEquals(car.reward(one, 1, false), -0.1)
  luaunit.assertEquals(car.reward(two, 2, false), -0.4)
  luaunit.assertEquals(car.reward(one, 1, true), 99.9)
end

-- ---- options ----

function tests.test_options_that_make_no_sense_are_refused()
  local function refused(name, options) return lure_test.load_error("environment", name, options) end
  luaunit.assertStrContains(refused("acrobot", { equations = "paper" }), "'book' or 'nips', not 'paper'")
  luaunit.assertStrContains(refused("frozen_lake", { success_rate = 1.5 }), "success_rate is a probability")
  luaunit.assertStrContains(refused("frozen_lake", { map = "SF/FFG" }), "map row 2 has 3 cells, row 1 has 2")
  luaunit.assertStrContains(refused("frozen_lake", { map = "SF/XG" }), "map row 2, column 1: 'X'")
  luaunit.assertStrContains(refused("frozen_lake", { map = "FF/FG" }), "no start")
  luaunit.assertStrContains(refused("taxi", { rainy_probability = -1 }), "rainy_probability is a probability")
  luaunit.assertStrContains(refused("taxi", { fickle_probability = 2 }), "fickle_probability is a probability")
end

function tests.test_frozen_lake_on_a_map_of_ones_own()
  local lake = load_world("frozen_lake", { map = "SFH/FSG", slippery = false })
  luaunit.assertEquals(lake.observation[1].n, 6)
  local least, most = range(lake, "cell")
  luaunit.assertEquals({ least, most }, { 0, 4 })
  local s = begun(lake, 30, { state = 4 })
  luaunit.assertTrue(lake.step(s, "right", lure_test.rng(1)))
  luaunit.assertEquals({ s.cell, s.place, lake.reward(s) }, { 5, "goal", 1 })
  luaunit.assertEquals(lake.render(s), "SFH\nFS@")
end

function tests.test_acrobot_noise_moves_the_torque()
  local quiet, noisy = load_world("acrobot"), load_world("acrobot", { noise = 0.5 })
  local one, two, three = begun(quiet, 31), begun(noisy, 31), begun(quiet, 31)
  quiet.step(one, "none", lure_test.rng(2))
  noisy.step(two, "none", lure_test.rng(2))
  quiet.step(three, "plus", lure_test.rng(2))
  luaunit.assertNotEquals(one.speed2, two.speed2)
  luaunit.assertTrue(math.abs(two.speed2 - one.speed2) < math.abs(three.speed2 - one.speed2) / 2)
end

-- ---- chance ----

-- A draw falls on the first outcome at which the probabilities so far exceed it; one draw a step.
function tests.test_one_draw_chooses_the_outcome()
  local lake, counts = load_world("frozen_lake", { success_rate = 0.5 }), { [8] = 0, [13] = 0, [10] = 0 }
  for seed = 1, 200 do
    local s, rng, other = begun(lake, 32, { state = 9 }), lure_test.rng(seed), lure_test.rng(seed)
    lake.step(s, "down", rng)
    local u = other:uniform()
    luaunit.assertEquals(s.cell, u < 0.25 and 8 or u < 0.75 and 13 or 10) -- a turn back from down: left
    luaunit.assertEquals(rng:uniform(), other:uniform())
    counts[s.cell] = counts[s.cell] + 1
  end
  luaunit.assertTrue(counts[8] > 20 and counts[13] > 50 and counts[10] > 20)
end

function tests.test_a_natural_beats_other_21s_only_by_the_book()
  local function reward(options, s)
    s.ace, s.dealer = 1, 10
    return load_world("blackjack", options).reward(s, "stick", true)
  end
  local function natural() return { sum = 21, cards = 2, dealer_sum = 21, dealer_cards = 3 } end
  luaunit.assertEquals(reward({}, natural()), 1)
  luaunit.assertEquals(reward({ sab = false }, natural()), 0)
  luaunit.assertEquals(reward({ sab = false, natural = true }, natural()), 0)
  local drawn, won = natural(), natural()
  drawn.dealer_cards, won.dealer_sum = 2, 20
  luaunit.assertEquals(reward({}, drawn), 0)
  luaunit.assertEquals(reward({ sab = false, natural = true }, won), 1.5)
  luaunit.assertEquals(reward({ natural = true }, won), 1) -- sab is on: natural does not count
end

function tests.test_a_fickle_passenger_changes_his_mind_once()
  local taxi, changed, rng = load_world("taxi", { fickle = true }), 0, lure_test.rng(33)
  for _ = 1, 2000 do
    local s = {}
    taxi.reset(s, rng, { state = ((2 * 5 + 2) * 5 + 4) * 4 + 1 }) -- aboard, in the middle
    taxi.step(s, "east", rng)
    luaunit.assertFalse(s.fickle and s.destination ~= 1)
    if s.destination ~= 1 then changed = changed + 1 end
    local wanted = s.destination
    taxi.step(s, "west", rng)
    luaunit.assertEquals(s.destination, wanted)
  end
  luaunit.assertAlmostEquals(changed / 2000, 0.3, 4 * math.sqrt(0.3 * 0.7 / 2000))
end

return tests
