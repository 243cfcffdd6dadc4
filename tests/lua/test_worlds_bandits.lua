-- The ten-armed testbed under the methods of Sutton & Barto 2018, chapter 2 (figures 2.2 to 2.5), against a table of
-- 20,000 problems that was computed apart from this code. Here are fewer, so its bars are four standard errors wide; with
-- LURE_PROBLEMS=2000 (half a minute) they are what the book's own number of runs allows: 0.03 of reward.
local episodes = require("episodes")
local luaunit = require("luaunit")

local tests = {}
local PROBLEMS, PULLS, LAST = tonumber(os.getenv("LURE_PROBLEMS") or 150), 1000, 100
local CEILING = 1.5388 -- the mean of the largest of ten standard normals

-- ---- methods: each gives choose(pull) -> arm and learn(arm, reward) for one problem ----

local function largest(values)
  local best, most = 1, values[1]
  for arm = 2, #values do
    if values[arm] > most then best, most = arm, values[arm] end
  end
  return best
end

local function ten(value)
  local list = {}
  for arm = 1, 10 do list[arm] = value end
  return list
end

-- Action values: first estimates, the step size (nil: sample averages), how often to explore.
local function estimating(first, step, exploring)
  return function(rng)
    local estimates, pulls = ten(first), ten(0)
    local function choose()
      if exploring > 0 and rng:uniform() < exploring then return rng:integer(1, 10) end
      return largest(estimates)
    end
    return choose, function(arm, reward)
      pulls[arm] = pulls[arm] + 1
      estimates[arm] = estimates[arm] + (reward - estimates[arm]) * (step or 1 / pulls[arm])
    end
  end
end

local function upper_confidence(c)
  return function()
    local estimates, pulls, bounds = ten(0), ten(0), ten(0)
    local function choose(pull)
      local width = c * math.sqrt(math.log(pull))
      for arm = 1, 10 do
        bounds[arm] = pulls[arm] == 0 and math.huge or estimates[arm] + width / math.sqrt(pulls[arm])
      end
      return largest(bounds)
    end
    return choose, function(arm, reward)
      pulls[arm] = pulls[arm] + 1
      estimates[arm] = estimates[arm] + (reward - estimates[arm]) / pulls[arm]
    end
  end
end

-- Softmax over preferences; the baseline is the mean of all rewards so far, this one included.
local function gradient(step, with_baseline)
  return function(rng)
    local preferences, chances, baseline, pulls = ten(0), ten(0), 0, 0
    local function choose()
      local sum = 0
      for arm = 1, 10 do
        chances[arm] = math.exp(preferences[arm])
        sum = sum + chances[arm]
      end
      local luck, chosen = rng:uniform() * sum, nil
      for arm = 1, 10 do
        luck = luck - chances[arm]
        if not chosen and luck < 0 then chosen = arm end
        chances[arm] = chances[arm] / sum
      end
      return chosen or 10
    end
    return choose, function(arm, reward)
      pulls = pulls + 1
      if with_baseline then baseline = baseline + (reward - baseline) / pulls end
      local push = step * (reward - baseline)
      for other = 1, 10 do preferences[other] = preferences[other] - push * chances[other] end
      preferences[arm] = preferences[arm] + push
    end
  end
end

-- ---- runs ----

-- Means over the problems, each with its standard error: reward of all pulls and of the last hundred, share of the best
-- arm in the last hundred; and that share at each pull. The mean reward is what the best arms pay on average, which is
-- known, less the regret: that varies less from problem to problem.
local function run(method, mean)
  local testbed = episodes.load("ten_armed_testbed", { mean = mean })
  local rng, own = lure_test.rng(71), lure_test.rng(72)
  local actions, shares, sums, squares = testbed.actions, {}, { 0, 0, 0 }, { 0, 0, 0 }
  for pull = 1, PULLS do shares[pull] = 0 end
  for _ = 1, PROBLEMS do
    local s, choose, learn = {}, method(own)
    local all, last, best = 0, 0, 0
    testbed.reset(s, rng, {})
    for pull = 1, PULLS do
      testbed.step(s, actions[choose(pull)], rng)
      learn(s.arm, testbed.reward(s))
      all = all + s.regret
      if s.arm == s.best then shares[pull] = shares[pull] + 1 / PROBLEMS end
      if pull > PULLS - LAST then
        last = last + s.regret
        if s.arm == s.best then best = best + 1 end
      end
    end
    for i, x in ipairs { CEILING + mean - all / PULLS, CEILING + mean - last / LAST, 100 * best / LAST } do
      sums[i], squares[i] = sums[i] + x / PROBLEMS, squares[i] + x * x / PROBLEMS
    end
  end
  local errors = {}
  for i = 1, 3 do errors[i] = math.sqrt(math.max(0, squares[i] - sums[i] ^ 2) / PROBLEMS) end
  return sums, errors, shares
end

local function assert_row(method, mean, expected)
  local got, errors, shares = run(method, mean)
  for i = 1, 3 do
    local least = i < 3 and 0.03 or 1.5
    local margin = PROBLEMS >= 2000 and math.max(least, 2.5 * errors[i]) or least + 4 * errors[i]
    luaunit.assertAlmostEquals(got[i], expected[i], margin)
  end
  return shares
end

-- Mean reward of all 1,000 pulls and of the last 100, and the share of the best arm in those, in percent.
function tests.test_testbed_greedy() assert_row(estimating(0, nil, 0), 0, { 1.027, 1.038, 35.7 }) end
function tests.test_testbed_hardly_exploring() assert_row(estimating(0, nil, 0.01), 0, { 1.198, 1.315, 59.7 }) end
function tests.test_testbed_exploring() assert_row(estimating(0, nil, 0.1), 0, { 1.306, 1.371, 79.8 }) end
function tests.test_testbed_upper_confidence_1() assert_row(upper_confidence(1), 0, { 1.480, 1.526, 92.4 }) end
function tests.test_testbed_gradient() assert_row(gradient(0.1, true), 4, { 5.351, 5.502, 85.2 }) end
function tests.test_testbed_gradient_fast() assert_row(gradient(0.4, true), 4, { 5.392, 5.450, 73.4 }) end
function tests.test_testbed_gradient_alone() assert_row(gradient(0.1, false), 4, { 5.074, 5.199, 48.6 }) end
function tests.test_testbed_gradient_alone_fast() assert_row(gradient(0.4, false), 4, { 4.742, 4.791, 27.4 }) end

-- When every arm was tried once the one that paid most is pulled: it is the best in 43% of the problems; then comes a dip.
local function assert_spike(shares)
  luaunit.assertAlmostEquals(shares[11], 0.43, 4 * math.sqrt(0.43 * 0.57 / PROBLEMS))
  luaunit.assertTrue(shares[11] > 2 * shares[10])
  local dip = 0
  for pull = 12, 21 do dip = dip + shares[pull] / 10 end
  luaunit.assertTrue(dip < shares[11])
end

function tests.test_testbed_optimistic()
  assert_spike(assert_row(estimating(5, 0.1, 0), 0, { 1.295, 1.500, 85.7 }))
end

function tests.test_testbed_upper_confidence_2()
  assert_spike(assert_row(upper_confidence(2), 0, { 1.391, 1.489, 85.2 }))
end

-- ---- the world itself ----

function tests.test_testbed_problems_are_new_and_normal()
  local testbed, rng = episodes.load("ten_armed_testbed"), lure_test.rng(73)
  local sum, squares, best, n = 0, 0, 0, 3000
  for _ = 1, n do
    local s = {}
    testbed.reset(s, rng, {})
    for _, value in ipairs(s.values) do sum, squares = sum + value, squares + value * value end
    best = best + math.max(table.unpack(s.values)) / n
  end
  luaunit.assertAlmostEquals(sum / n / 10, 0, 4 / math.sqrt(10 * n))
  luaunit.assertAlmostEquals(squares / n / 10, 1, 4 * math.sqrt(2 / (10 * n)))
  luaunit.assertAlmostEquals(best, CEILING, 4 * 0.587 / math.sqrt(n)) -- 0.587: the deviation of the largest of ten
end

function tests.test_testbed_pays_around_the_true_value()
  local testbed, rng, s = episodes.load("ten_armed_testbed", { noise = 2 }), lure_test.rng(74), {}
  testbed.reset(s, rng, {})
  local sum, squares, n = 0, 0, 10000
  for _ = 1, n do
    luaunit.assertFalse(testbed.step(s, "arm3", rng))
    local surprise = testbed.reward(s) - s.values[3]
    sum, squares = sum + surprise, squares + surprise * surprise
  end
  luaunit.assertAlmostEquals(sum / n, 0, 4 * 2 / math.sqrt(n))
  luaunit.assertAlmostEquals(squares / n, 4, 4 * 4 * math.sqrt(2 / n))
  luaunit.assertEquals(s.regret, s.values[s.best] - s.values[3])
end

-- A walk of a hundred steps of 0.01 has the deviation 0.1; regret and best are those before the values move.
function tests.test_testbed_drifts()
  local testbed, rng = episodes.load("ten_armed_testbed", { drift = 0.01, spread = 0, mean = 3 }), lure_test.rng(75)
  local squares, n = 0, 300
  for _ = 1, n do
    local s = {}
    testbed.reset(s, rng, {})
    luaunit.assertEquals(s.values, ten(3))
    testbed.step(s, "arm1", rng)
    luaunit.assertEquals({ s.regret, s.best }, { 0, 1 })
    for _ = 2, 100 do testbed.step(s, "arm1", rng) end
    for _, value in ipairs(s.values) do squares = squares + (value - 3) ^ 2 end
    luaunit.assertEquals(s.best_now, largest(s.values))
  end
  luaunit.assertAlmostEquals(squares / n / 10, 0.01, 4 * 0.01 * math.sqrt(2 / (10 * n)))
end

function tests.test_testbed_refuses_no_arms()
  luaunit.assertStrContains(lure_test.load_error("environment", "ten_armed_testbed", { k = 1 }), "number of arms")
end

return tests
