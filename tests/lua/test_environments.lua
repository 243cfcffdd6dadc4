-- The shipped worlds, each loaded alone in the sandbox and stepped by hand.
local luaunit = require("luaunit")

local tests = {}

-- The share of n tries for which `happens(rng)` is true.
local function frequency(n, seed, happens)
  local rng, count = lure_test.rng(seed), 0
  for _ = 1, n do
    if happens(rng) then count = count + 1 end
  end
  return count / n
end

-- ---- cartpole ----

-- From `state` by `action`, `steps` times; gives the state and the step at which it first terminated.
local function push_cart(state, action, steps)
  local cartpole = lure_test.load("environment", "cartpole")
  local s, ended = { x = state[1], speed = state[2], angle = state[3], spin = state[4] }, nil
  for i = 1, steps do
    if cartpole.step(s, action) then ended = ended or i end
  end
  return { s.x, s.speed, s.angle, s.spin }, ended
end

local function assert_close(got, expected, margin)
  for i = 1, #expected do luaunit.assertAlmostEquals(got[i], expected[i], margin) end
end

-- Gymnasium's CartPole-v1 from given starts, with the digits it prints (float32).
function tests.test_cartpole_follows_published_steps()
  assert_close(push_cart({ 0.01823519, -0.0446179, -0.02796401, -0.03156282 }, "right", 1),
    { 0.01734283, 0.15089367, -0.02859527, -0.33293587 }, 1e-8)
  assert_close(push_cart({ 0.02852531, 0.02858594, 0.0469136, 0.02480598 }, "left", 1),
    { 0.02909703, -0.16717631, 0.04740972, 0.3319138 }, 1e-8)
end

function tests.test_cartpole_follows_a_published_fall()
  local last, ended = push_cart({ 0.01823519, -0.0446179, -0.02796401, -0.03156282 }, "right", 9)
  luaunit.assertEquals(ended, 9)
  assert_close(last, { 0.1511158, 1.7183299, -0.25533703, -2.8914354 }, 2e-7)
end

-- Computed in float64 from the equations.
function tests.test_cartpole_from_rest()
  assert_close(push_cart({ 0, 0, 0, 0 }, "right", 1), { 0, 0.195121951, 0, -0.292682927 }, 1e-8)
  assert_close(push_cart({ 0, 0, 0, 0 }, "right", 5), { 0.0390323329, 0.976363924, -0.0587194868, -1.48153256 }, 1e-8)
  local last, ended = push_cart({ 0, 0, 0, 0 }, "right", 9)
  luaunit.assertEquals(ended, 9)
  assert_close(last, { 0.140650972, 1.76038113, -0.21518605, -2.77788649 }, 1e-8)
end

function tests.test_cartpole_is_symmetric()
  local right = push_cart({ 0.1, -0.2, 0.03, 0.4 }, "right", 6)
  local left = push_cart({ -0.1, 0.2, -0.03, -0.4 }, "left", 6)
  for i = 1, 4 do luaunit.assertEquals(left[i], -right[i]) end
end

function tests.test_cartpole_ends_beyond_the_edge_and_not_on_it()
  local cartpole = lure_test.load("environment", "cartpole")
  local function ends(s) return cartpole.step(s, "right") end
  luaunit.assertFalse(ends { x = 2.4, speed = 0, angle = 0, spin = 0 })
  luaunit.assertTrue(ends { x = 2.4, speed = 1e-6, angle = 0, spin = 0 })
  luaunit.assertTrue(ends { x = -2.4, speed = -1e-6, angle = 0, spin = 0 })
  luaunit.assertFalse(ends { x = 0, speed = 0, angle = math.rad(12), spin = 0 })
  luaunit.assertTrue(ends { x = 0, speed = 0, angle = math.rad(12), spin = 1e-6 })
  luaunit.assertTrue(ends { x = 0, speed = 0, angle = -math.rad(12), spin = -1e-6 })
end

function tests.test_cartpole_starts_near_rest_and_pays_one()
  local cartpole, rng = lure_test.load("environment", "cartpole"), lure_test.rng(3)
  local least, most = math.huge, -math.huge
  for _ = 1, 1000 do
    local s = {}
    cartpole.reset(s, rng, {})
    for _, name in ipairs(cartpole.observation) do
      least, most = math.min(least, s[name]), math.max(most, s[name])
    end
  end
  luaunit.assertTrue(least >= -0.05 and least < -0.049)
  luaunit.assertTrue(most < 0.05 and most > 0.049)
  luaunit.assertEquals(cartpole.reward(), 1)
  luaunit.assertEquals(cartpole.max_steps, 500)
end

-- Twelve degrees of care: a known rule that never falls, over whole episodes.
function tests.test_cartpole_can_be_balanced()
  local cartpole, rng = lure_test.load("environment", "cartpole"), lure_test.rng(4)
  for _ = 1, 10 do
    local s = {}
    cartpole.reset(s, rng, {})
    for _ = 1, cartpole.max_steps do
      local lean = s.angle + 0.25 * s.spin + 0.05 * s.x + 0.1 * s.speed
      luaunit.assertFalse(cartpole.step(s, lean > 0 and "right" or "left"))
    end
  end
end

-- ---- fry shacks ----

function tests.test_fry_shacks_serves_by_place()
  local shacks, s = lure_test.load("environment", "fry_shacks"), {}
  shacks.reset(s, lure_test.rng(1), { hunger = 0.25 })
  luaunit.assertEquals(s.hunger, 0.25)
  luaunit.assertTrue(shacks.step(s, "squatch"))
  luaunit.assertEquals(s.portion, "small")
  luaunit.assertTrue(shacks.step(s, "norm"))
  luaunit.assertEquals(s.portion, "large")
  luaunit.assertEquals(shacks.actions, { "squatch", "norm" })
  luaunit.assertEquals(shacks.max_steps, 1)
end

-- Four standard deviations of a share of 10,000: 0.014 at 0.15, 0.016 at 0.80.
function tests.test_fry_shacks_chance_frequencies()
  local shacks = lure_test.load("environment", "fry_shacks_chance")
  local function large(action)
    return frequency(10000, 5, function(rng)
      local s = {}
      shacks.reset(s, rng, { hunger = 0.5 })
      luaunit.assertTrue(shacks.step(s, action, rng))
      return s.portion == "large"
    end)
  end
  luaunit.assertAlmostEquals(large("squatch"), 0.15, 0.014)
  luaunit.assertAlmostEquals(large("norm"), 0.80, 0.016)
end

function tests.test_fry_shacks_chance_of_0_and_1_is_certain()
  local shacks = lure_test.load("environment", "fry_shacks_chance", { squatch_large = 0, norm_large = 1 })
  luaunit.assertEquals(frequency(1000, 6, function(rng)
    local s = {}
    shacks.step(s, "squatch", rng)
    return s.portion == "large"
  end), 0)
  luaunit.assertEquals(frequency(1000, 7, function(rng)
    local s = {}
    shacks.step(s, "norm", rng)
    return s.portion == "large"
  end), 1)
end

function tests.test_fry_shacks_chance_refuses_what_is_no_probability()
  luaunit.assertStrContains(lure_test.load_error("environment", "fry_shacks_chance", { norm_large = 80 }), "norm_large")
  luaunit.assertStrContains(lure_test.load_error("environment", "fry_shacks_chance", { squatch_large = -0.1 }),
    "squatch_large")
end

-- ---- k_armed_bandit ----

-- Mean and standard deviation of one arm's payouts.
local function payouts(bandit, action, n, seed)
  local rng, sum, squares = lure_test.rng(seed), 0, 0
  for _ = 1, n do
    local s = {}
    bandit.reset(s, rng, {})
    luaunit.assertTrue(bandit.step(s, action, rng))
    local reward = bandit.reward(s)
    sum, squares = sum + reward, squares + reward * reward
  end
  local mean = sum / n
  return mean, math.sqrt(squares / n - mean * mean)
end

function tests.test_bandit_pays_around_the_given_means()
  local bandit = lure_test.load("environment", "k_armed_bandit", { means = { -2, 0.5, 3 } })
  luaunit.assertEquals(bandit.actions, { "arm1", "arm2", "arm3" })
  luaunit.assertEquals(bandit.observation, {})
  for arm, expected in ipairs { -2, 0.5, 3 } do
    local mean, deviation = payouts(bandit, "arm" .. arm, 10000, arm)
    luaunit.assertAlmostEquals(mean, expected, 0.04) -- four standard errors
    luaunit.assertAlmostEquals(deviation, 1, 0.03)
  end
end

local function regrets(options)
  local bandit, found = lure_test.load("environment", "k_armed_bandit", options), {}
  for arm, action in ipairs(bandit.actions) do
    local s = {}
    bandit.step(s, action, lure_test.rng(1))
    found[arm] = s.regret
  end
  return found
end

function tests.test_bandit_regret_is_the_distance_to_the_best_arm()
  luaunit.assertEquals(regrets { means = { 1, 4, 2 } }, { 3, 0, 2 })
end

function tests.test_bandit_problem_comes_from_its_seed()
  luaunit.assertEquals(#regrets(), 10)
  luaunit.assertEquals(regrets { seed = 7 }, regrets { seed = 7 })
  luaunit.assertNotEquals(regrets { seed = 7 }, regrets { seed = 8 })
end

-- The mean of the best of ten standard normals is 1.5388 (its standard deviation 0.587): 4,000 problems.
function tests.test_bandit_true_values_are_normal()
  local sum, n = 0, 4000
  for seed = 1, n do
    local all = 0
    for _, regret in ipairs(regrets { seed = seed }) do all = all + regret end
    sum = sum + all / 10 -- best - mean of the values, and the latter is 0 on average
  end
  luaunit.assertAlmostEquals(sum / n, 1.5388, 0.045)
end

function tests.test_bandit_without_noise_and_spread()
  local bandit = lure_test.load("environment", "k_armed_bandit", { k = 3, mean = 4, spread = 0, noise = 0 })
  luaunit.assertEquals(#bandit.actions, 3)
  luaunit.assertEquals(payouts(bandit, "arm2", 5, 1), 4)
end

function tests.test_bandit_refuses_no_arms()
  luaunit.assertStrContains(lure_test.load_error("environment", "k_armed_bandit", { k = 0 }), "number of arms")
  luaunit.assertStrContains(lure_test.load_error("environment", "k_armed_bandit", { k = 2.5 }), "number of arms")
end

-- ---- gridworld ----

-- Walks the words from the start; gives the world, the state and whether the last step terminated.
local function walk(options, words)
  local grid, s, rng = lure_test.load("environment", "gridworld", options), {}, lure_test.rng(1)
  local terminated = false
  grid.reset(s, rng, {})
  for _, word in ipairs(words) do terminated = grid.step(s, word, rng) end
  return grid, s, terminated
end

function tests.test_gridworld_walls_and_borders_stop()
  local _, s = walk({ slip = 0 }, { "left", "down" }) -- the start is the corner
  luaunit.assertEquals({ s.row, s.column }, { 3, 1 })
  _, s = walk({ slip = 0 }, { "right", "up" }) -- below the wall
  luaunit.assertEquals({ s.row, s.column }, { 3, 2 })
  _, s = walk({ slip = 0 }, { "up", "right" }) -- beside the wall
  luaunit.assertEquals({ s.row, s.column }, { 2, 1 })
  _, s = walk({ slip = 0 }, { "up", "up", "up" })
  luaunit.assertEquals({ s.row, s.column }, { 1, 1 })
end

function tests.test_gridworld_goal_and_pit_end_and_pay()
  local grid, s, terminated = walk({ slip = 0 }, { "up", "up", "right", "right", "right" })
  luaunit.assertTrue(terminated)
  luaunit.assertAlmostEquals(grid.reward(s), 0.96, 1e-12)
  grid, s, terminated = walk({ slip = 0 }, { "right", "right", "right", "up" })
  luaunit.assertTrue(terminated)
  luaunit.assertAlmostEquals(grid.reward(s), -1.04, 1e-12)
  grid, s, terminated = walk({ slip = 0, step_cost = 0.5 }, { "up" })
  luaunit.assertFalse(terminated)
  luaunit.assertEquals(grid.reward(s), -0.5)
end

function tests.test_gridworld_observation_is_one_hot()
  local grid, s = walk({ slip = 0 }, { "up" }) -- row 2, column 1 of 3 x 4
  luaunit.assertEquals(grid.observation, 12)
  luaunit.assertEquals(grid.observe(s), { 0, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0 })
end

-- 0.8 ahead and 0.1 to either side; four standard deviations of a share of 10,000.
function tests.test_gridworld_slips_to_either_side()
  local grid = lure_test.load("environment", "gridworld", { map = { "...", ".S.", "..." }, slip = 0.2 })
  local function reaches(row, column)
    return frequency(10000, 11, function(rng)
      local s = {}
      grid.reset(s, rng, {})
      grid.step(s, "up", rng)
      return s.row == row and s.column == column
    end)
  end
  luaunit.assertAlmostEquals(reaches(1, 2), 0.8, 0.016)
  luaunit.assertAlmostEquals(reaches(2, 1), 0.1, 0.012)
  luaunit.assertAlmostEquals(reaches(2, 3), 0.1, 0.012)
  luaunit.assertEquals(reaches(3, 2), 0)
end

function tests.test_gridworld_slips_sideways_in_every_direction()
  local grid = lure_test.load("environment", "gridworld", { map = { "...", ".S.", "..." }, slip = 1 })
  local rng = lure_test.rng(12)
  for _ = 1, 200 do
    for _, word in ipairs(grid.actions) do
      local s = {}
      grid.reset(s, rng, {})
      grid.step(s, word, rng)
      local sideways = (word == "up" or word == "down") and math.abs(s.column - 2) or math.abs(s.row - 2)
      luaunit.assertEquals(sideways, 1)
      luaunit.assertEquals(math.abs(s.row - 2) + math.abs(s.column - 2), 1)
    end
  end
end

-- Russell & Norvig give the start a value of 0.705 under the best policy, which is this one.
function tests.test_gridworld_best_policy_is_worth_what_the_book_says()
  local best = { { "right", "right", "right" }, { "up", "wall", "up" }, { "up", "left", "left", "left" } }
  local grid, rng = lure_test.load("environment", "gridworld"), lure_test.rng(13)
  local sum, n = 0, 20000
  for _ = 1, n do
    local s, terminated = {}, false
    grid.reset(s, rng, {})
    while not terminated do
      terminated = grid.step(s, best[s.row][s.column], rng)
      sum = sum + grid.reward(s)
    end
  end
  luaunit.assertAlmostEquals(sum / n, 0.705, 0.015)
end

function tests.test_gridworld_refuses_bad_maps()
  local function refusal(map) return lure_test.load_error("environment", "gridworld", { map = map }) end
  luaunit.assertStrContains(refusal { "S..", "..G", ".." }, "row 3")
  luaunit.assertStrContains(refusal { "S.?" }, "column 3")
  luaunit.assertStrContains(refusal { "..G" }, "no start")
  luaunit.assertStrContains(refusal { "S.S" }, "more than one start")
  luaunit.assertStrContains(lure_test.load_error("environment", "gridworld", { slip = 2 }), "slip")
end

function tests.test_gridworld_shows_where_we_stand()
  local grid, s = walk({ slip = 0 }, { "up" })
  luaunit.assertEquals(grid.render(s), "...G\n@#.P\nS...")
end

-- ---- all of them ----

local NAMES = {
  "cartpole", "fry_shacks", "fry_shacks_chance", "fry_street", "gridworld", "identity", "k_armed_bandit", "linear_quadratic",
  "memory", "noisy_bandit", "password", "performance", "random_walk", "short_corridor", "stochastic", "target",
  "ten_armed_testbed",
}

-- One episode of random actions as text, by one stream.
local function story(name, seed)
  local world, rng, s, lines = lure_test.load("environment", name), lure_test.rng(seed), {}, {}
  world.reset(s, rng, { hunger = 0.5 })
  lines[1] = world.render(s)
  for i = 1, world.max_steps or 1000 do
    local low, high = world.actions.low, world.actions.high
    local terminated = world.step(s, low and rng:uniform(low, high) or rng:choice(world.actions), rng)
    luaunit.assertEquals(type(terminated), "boolean")
    lines[i + 1] = world.render(s)
    luaunit.assertEquals(type(lines[i + 1]), "string")
    if terminated then break end
  end
  return table.concat(lines, "\n")
end

function tests.test_same_stream_same_episode()
  for _, name in ipairs(NAMES) do luaunit.assertEquals(story(name, 21), story(name, 21)) end
  luaunit.assertNotEquals(story("cartpole", 21), story("cartpole", 22))
end

function tests.test_unknown_options_are_refused()
  for _, name in ipairs(NAMES) do
    luaunit.assertStrContains(lure_test.load_error("environment", name, { colour = 1 }) or "accepted", "colour")
  end
end

return tests
