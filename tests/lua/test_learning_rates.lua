-- The shipped learning-rate rules, called as an algorithm would: once an update.
local luaunit = require("luaunit")

local tests = {}

-- The rates of all updates. `measure(rate)` (optional) gives the kl that a rate led to.
local function rates(name, options, updates, measure)
  local rule, list = lure_test.load("learning_rate", name, options), {}
  local p = { updates = updates }
  for update = 1, updates do
    p.update, p.progress = update, update / updates
    list[update] = rule(p)
    p.learning_rate, p.kl = list[update], measure and measure(list[update]) or p.kl
  end
  return list
end

local NAMES = { "constant", "cosine", "exponential", "inverse_time", "linear", "steady_kl" }

function tests.test_every_rate_is_finite_and_not_negative()
  for _, name in ipairs(NAMES) do
    for _, updates in ipairs { 1, 2, 3, 1000 } do
      local list = rates(name, nil, updates)
      luaunit.assertEquals(#list, updates)
      for _, rate in ipairs(list) do luaunit.assertTrue(rate >= 0 and rate < math.huge, name) end
    end
  end
end

function tests.test_rates_that_fall_never_rise()
  for _, name in ipairs { "cosine", "exponential", "inverse_time", "linear" } do
    local list = rates(name, nil, 1000)
    for i = 2, #list do luaunit.assertTrue(list[i] < list[i - 1], name) end
  end
end

function tests.test_constant()
  luaunit.assertEquals(rates("constant", nil, 3), { 1, 1, 1 })
  luaunit.assertEquals(rates("constant", { rate = 0.25 }, 2), { 0.25, 0.25 })
end

function tests.test_linear_meets_both_ends()
  luaunit.assertEquals(rates("linear", { first = 4, last = 0 }, 5), { 4, 3, 2, 1, 0 })
  local list = rates("linear", { first = 0.3, last = 0.1 }, 777)
  luaunit.assertEquals(list[1], 0.3)
  luaunit.assertEquals(list[777], 0.1)
  luaunit.assertEquals(rates("linear", { first = 0.3, last = 0.1 }, 1), { 0.3 })
end

function tests.test_exponential_shrinks_by_one_factor()
  local list = rates("exponential", { first = 1, last = 1e-4 }, 5)
  for i, expected in ipairs { 1, 1e-1, 1e-2, 1e-3, 1e-4 } do
    luaunit.assertAlmostEquals(list[i], expected, 1e-12)
  end
  luaunit.assertStrContains(lure_test.load_error("learning_rate", "exponential", { last = 0 }), "above 0")
end

function tests.test_cosine_falls_like_half_a_wave()
  local list = rates("cosine", { peak = 2, last = 1 }, 5)
  luaunit.assertEquals(list[1], 2)
  luaunit.assertAlmostEquals(list[2], 1 + (1 + math.sqrt(0.5)) / 2, 1e-12)
  luaunit.assertAlmostEquals(list[3], 1.5, 1e-12)
  luaunit.assertEquals(list[5], 1)
end

function tests.test_cosine_warms_up()
  local list = rates("cosine", { peak = 1, warm_up = 4 }, 10)
  luaunit.assertEquals({ list[1], list[2], list[3], list[4] }, { 0.25, 0.5, 0.75, 1 })
  for i = 5, 10 do luaunit.assertTrue(list[i] < list[i - 1]) end
  luaunit.assertEquals(list[10], 0)
end

function tests.test_cosine_that_only_warms_up()
  luaunit.assertEquals(rates("cosine", { peak = 1, warm_up = 8 }, 4), { 0.125, 0.25, 0.375, 0.5 })
  luaunit.assertEquals(rates("cosine", { peak = 1, warm_up = 4 }, 4), { 0.25, 0.5, 0.75, 1 })
end

function tests.test_inverse_time()
  luaunit.assertEquals(rates("inverse_time", { first = 6, decay = 1 }, 3), { 6, 3, 2 })
end

-- Robbins & Monro ask for a sum without bound and a bounded sum of squares.
function tests.test_inverse_time_settles_without_stopping()
  local sum, squares = 0, 0
  local list = rates("inverse_time", { first = 1, decay = 1 }, 100000)
  for _, rate in ipairs(list) do sum, squares = sum + rate, squares + rate * rate end
  luaunit.assertTrue(sum > math.log(100000))
  luaunit.assertTrue(squares < math.pi ^ 2 / 6)
end

function tests.test_steady_kl_moves_the_right_way()
  local rule = lure_test.load("learning_rate", "steady_kl")
  luaunit.assertEquals(rule {}, 3e-4)
  luaunit.assertEquals(rule { learning_rate = 0.1, kl = 0.021 }, 0.05)
  luaunit.assertEquals(rule { learning_rate = 0.1, kl = 0.015 }, 0.1)
  luaunit.assertAlmostEquals(rule { learning_rate = 0.1, kl = 0.004 }, 0.11, 1e-12)
end

-- Where the kl grows with the square of the rate, the rule ends within a factor two of the kl it was asked for.
function tests.test_steady_kl_converges()
  for _, start in ipairs { 1e-5, 1e-3, 0.9 } do
    local function kl(rate) return 40 * rate * rate end
    local list = rates("steady_kl", { start = start, kl = 0.01 }, 400, kl)
    for i = 300, 400 do
      luaunit.assertTrue(kl(list[i]) >= 0.005 and kl(list[i]) <= 0.02)
      luaunit.assertEquals(list[i], list[300])
    end
  end
end

function tests.test_steady_kl_keeps_its_bounds()
  local list = rates("steady_kl", { highest = 0.5 }, 20000, function() return 0 end)
  luaunit.assertEquals(list[#list], 0.5)
  list = rates("steady_kl", { lowest = 1e-5 }, 20000, function() return 1 end)
  luaunit.assertEquals(list[#list], 1e-5)
end

function tests.test_unknown_options_are_refused()
  for _, name in ipairs(NAMES) do
    luaunit.assertStrContains(lure_test.load_error("learning_rate", name, { colour = 1 }) or "accepted", "colour")
  end
end

return tests
