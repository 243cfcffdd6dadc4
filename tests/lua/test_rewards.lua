-- The shipped rewards, called on states made by hand.
local luaunit = require("luaunit")

local tests = {}

local function shack(hunger, portion) return { hunger = hunger, portion = portion } end

function tests.test_right_portion()
  local reward = lure_test.load("reward", "right_portion")
  luaunit.assertEquals(reward(shack(0.0, "small")), 1)
  luaunit.assertEquals(reward(shack(0.0, "large")), -1)
  luaunit.assertEquals(reward(shack(1.0, "large")), 1)
  luaunit.assertEquals(reward(shack(1.0, "small")), -1)
end

function tests.test_right_portion_at_the_threshold_is_small()
  local reward = lure_test.load("reward", "right_portion")
  luaunit.assertEquals(reward(shack(0.5, "small")), 1)
  luaunit.assertEquals(reward(shack(0.5000001, "small")), -1)
end

function tests.test_right_portion_options()
  local reward = lure_test.load("reward", "right_portion", { right = 2, wrong = -3, hungry_above = 0.8 })
  luaunit.assertEquals(reward(shack(0.7, "small")), 2)
  luaunit.assertEquals(reward(shack(0.9, "small")), -3)
end

function tests.test_graded_portion_grows_with_clarity()
  local reward = lure_test.load("reward", "graded_portion")
  for _, case in ipairs { { 0, 2 }, { 0.25, 1.5 }, { 0.5, 1 } } do
    luaunit.assertAlmostEquals(reward(shack(case[1], "small")), case[2], 1e-12)
    luaunit.assertAlmostEquals(reward(shack(case[1], "large")), -case[2], 1e-12)
  end
  for _, case in ipairs { { 1, 2 }, { 0.75, 1.5 }, { 0.625, 1.25 } } do
    luaunit.assertAlmostEquals(reward(shack(case[1], "large")), case[2], 1e-12)
    luaunit.assertAlmostEquals(reward(shack(case[1], "small")), -case[2], 1e-12)
  end
end

function tests.test_graded_portion_measures_each_side_by_itself()
  local reward = lure_test.load("reward", "graded_portion", { least = 0, most = 10, hungry_above = 0.8 })
  luaunit.assertAlmostEquals(reward(shack(0.4, "small")), 5, 1e-12)
  luaunit.assertAlmostEquals(reward(shack(0.9, "large")), 5, 1e-12)
  luaunit.assertAlmostEquals(reward(shack(1.0, "large")), 10, 1e-12)
end

function tests.test_graded_portion_refuses_a_threshold_at_an_end()
  luaunit.assertStrContains(lure_test.load_error("reward", "graded_portion", { hungry_above = 1 }), "hungry_above")
end

function tests.test_most_fries_does_not_ask_how_hungry()
  local reward = lure_test.load("reward", "most_fries", { small = 0.25 })
  for _, hunger in ipairs { 0, 0.5, 1 } do
    luaunit.assertEquals(reward(shack(hunger, "large")), 1)
    luaunit.assertEquals(reward(shack(hunger, "small")), 0.25)
  end
end

function tests.test_least_regret()
  local reward = lure_test.load("reward", "least_regret")
  luaunit.assertEquals(reward { regret = 0.75 }, -0.75)
end

function tests.test_only_the_goal()
  local reward = lure_test.load("reward", "only_the_goal", { goal = 5 })
  luaunit.assertEquals(reward { place = "goal" }, 5)
  luaunit.assertEquals(reward { place = "pit" }, 0)
  luaunit.assertEquals(reward { place = "free" }, 0)
end

local function quarter(fields)
  local s = { stilled = 0, spent = 0, suffered = 0, ended = "no" }
  for name, value in pairs(fields) do s[name] = value end
  return s
end

function tests.test_least_hunger()
  local reward = lure_test.load("reward", "least_hunger", { faint = 3 })
  luaunit.assertEquals({ reward(quarter { suffered = 0.5, stilled = 1 }) }, { -0.5, { hunger = -0.5, fainted = 0 } })
  luaunit.assertEquals({ reward(quarter { suffered = 0.25, ended = "fainted" }) }, { -3.25, { hunger = -0.25, fainted = -3 } })
  luaunit.assertEquals(reward(quarter { ended = "closed" }), 0)
end

-- Norm's portion stills 0.8 for 4 coins, Squatch's 0.3 for 2: which is worth more depends on the hunger.
function tests.test_worth_the_coins()
  local reward = lure_test.load("reward", "worth_the_coins")
  local function meal(stilled, spent) return (reward(quarter { stilled = stilled, spent = spent })) end
  luaunit.assertAlmostEquals(meal(0.8, 4), 1.2, 1e-12)
  luaunit.assertTrue(meal(0.8, 4) > meal(0.3, 2) and meal(0.35, 4) < meal(0.3, 2))
  local total, terms = reward(quarter { stilled = 0.5, spent = 2, suffered = 1, ended = "fainted" })
  luaunit.assertAlmostEquals(total, 1 - 0.2 - 0.1 - 10, 1e-12)
  luaunit.assertEquals({ terms.fries, terms.coins, terms.hunger, terms.fainted }, { 1, -0.2, -0.1, -10 })
end

function tests.test_stay_centred_and_its_terms()
  local reward = lure_test.load("reward", "stay_centred")
  luaunit.assertEquals(reward { x = 0 }, 1)
  luaunit.assertAlmostEquals(reward { x = 1.2 }, 0.75, 1e-12)
  luaunit.assertAlmostEquals(reward { x = -2.4 }, 0, 1e-12)
  local total, terms = reward { x = 0.6 }
  luaunit.assertAlmostEquals(terms.upright + terms.drift, total, 1e-12)
end

-- The hints of a whole episode, discounted, add up to minus the potential it started from, whatever happened.
function tests.test_towards_upright_hints_cancel_over_an_episode()
  local reward = lure_test.load("reward", "towards_upright", { discount = 0.9, hint = 2 })
  local cartpole, rng = lure_test.load("environment", "cartpole"), lure_test.rng(2)
  for _ = 1, 20 do
    local s, sum, weight, terminated = {}, 0, 1, false
    cartpole.reset(s, rng, {})
    local start = s.angle
    while not terminated do
      local before = { x = s.x, speed = s.speed, angle = s.angle, spin = s.spin }
      local action = rng:choice(cartpole.actions)
      terminated = cartpole.step(s, action)
      local total, terms = reward(s, action, terminated, before)
      luaunit.assertAlmostEquals(total, 1 + terms.hint, 1e-12)
      sum, weight = sum + weight * terms.hint, weight * 0.9
    end
    luaunit.assertAlmostEquals(sum, 2 * math.abs(start) / math.rad(12), 1e-9)
  end
end

function tests.test_unknown_options_are_refused()
  for _, name in ipairs { "graded_portion", "least_hunger", "least_regret", "most_fries", "only_the_goal", "right_portion",
                          "stay_centred", "towards_upright", "worth_the_coins" } do
    luaunit.assertStrContains(lure_test.load_error("reward", name, { colour = 1 }) or "accepted", "colour")
  end
end

return tests
