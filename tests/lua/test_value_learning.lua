-- The shipped methods that learn what actions are worth, and those without gradients, by whole runs: held against
-- exact optima (test_worlds_values computes them), the textbook's figures, and the ten-armed testbed's table of 20,000
-- problems. With LURE_PROBLEMS=2000 the testbed is the book's own number of runs, and its bars are as narrow: 0.03 of
-- reward.
local luaunit = require("luaunit")

local tests = {}
local PROBLEMS, PULLS, LAST, CEILING = tonumber(os.getenv("LURE_PROBLEMS") or 300), 1000, 100, 1.5388

-- A run's columns by name, each a list of numbers (empty cells are left out).
local function run(experiment, settings, seed)
  local list = {}
  for key, value in pairs(settings or {}) do list[#list + 1] = { key, value } end
  table.sort(list, function(a, b) return a[1] < b[1] end)
  local columns, names = {}, nil
  for line in lure_test.run(experiment, list, seed).metrics:gmatch("[^\n]+") do
    local cells, i = {}, 0
    for cell in (line .. ","):gmatch("([^,]*),") do
      i = i + 1
      cells[i] = cell
      if names and tonumber(cell) then table.insert(columns[names[i]], tonumber(cell)) end
    end
    if not names then
      names = cells
      for _, name in ipairs(names) do columns[name] = {} end
    end
  end
  return columns
end

local function mean(list, first, last)
  local sum = 0
  for i = first or 1, last or #list do sum = sum + list[i] end
  return sum / ((last or #list) - (first or 1) + 1)
end

-- What the greedy policy is worth at the end, on streams of its own.
local function evaluated(experiment, updates, episodes, settings, seed)
  local all = { updates = updates, evaluate = { every = updates, episodes = episodes } }
  for key, value in pairs(settings or {}) do all[key] = value end
  local columns = run(experiment, all, seed)
  return columns.eval_return[#columns.eval_return], columns
end

-- ---- tables ----

-- 3 % below the optimum is the bar; the margins are 3 standard errors of the evaluation.
function tests.test_frozen_lake_is_within_three_percent()
  luaunit.assertTrue(evaluated("frozen_lake_q", 20000, 4000) > 0.97 * 0.74419)
end

function tests.test_taxi_is_within_three_percent()
  luaunit.assertTrue(evaluated("taxi_q", 40000, 2000) > 0.97 * 7.93)
end

-- Example 6.6: the way along the edge is the short one, and costs who explores on it.
function tests.test_the_edge_and_the_safe_way()
  local edge, q = evaluated("cliff_walking_q", 20000, 1)
  local safe, sarsa = evaluated("cliff_walking_sarsa", 20000, 1)
  luaunit.assertEquals(edge, -13)
  luaunit.assertTrue(safe >= -21 and safe <= -15, "the safe way: " .. safe)
  local function online(columns) return mean(columns.episodic_return, #columns.episodic_return // 2) end
  luaunit.assertTrue(online(q) < -35, "Q-learning while it learns: " .. online(q))
  luaunit.assertTrue(online(sarsa) > -32, "Sarsa while it learns: " .. online(sarsa))
end

function tests.test_expected_sarsa_goes_the_safe_way()
  local _, columns = evaluated("cliff_walking_sarsa", 20000, 1, { algorithm = { "expected_sarsa", gamma = 1 }, learning_rate = 1.0 })
  luaunit.assertTrue(mean(columns.episodic_return, #columns.episodic_return // 2) > -32)
end

-- ---- networks, and no gradients ----

function tests.test_dqn_holds_the_pole_up()
  luaunit.assertTrue(evaluated("cartpole_dqn", 191, 50) > 475)
end

-- A reward of 1 a step for ever is worth 1 / (1 - 0.98) = 50; that episodes are cut after 8 steps changes nothing.
function tests.test_what_the_time_limit_cuts_would_have_gone_on()
  local columns = run("cartpole_dqn", {
    environment = "performance", max_steps = 8, updates = 300, policy = { "linear", "action_values" }, learning_rate = 0.3,
    optimizer = "sgd", algorithm = { "dqn", gamma = 0.98, learning_starts = 64, batch_size = 32, train_frequency = 8,
                                     gradient_steps = 4, target_network_frequency = 8 } })
  luaunit.assertAlmostEquals(columns.q_values[#columns.q_values], 50, 1)
end

function tests.test_the_cross_entropy_method_holds_the_pole_up()
  luaunit.assertTrue(evaluated("cartpole_cem", 15, 50) > 475)
end

function tests.test_evolution_strategies_hold_the_pole_up()
  luaunit.assertTrue(evaluated("cartpole_es", 60, 50, nil, 2) > 475)
end

-- ---- bandits ----

-- Mean reward of all 1,000 pulls and of the last 100, and the share of the best arm in those, in percent. The mean reward is
-- what the best arms pay on average less the regret, which varies less. Deviations from problem to problem: 0.4 and 40 points.
local function assert_row(algorithm, payout, expected, rate)
  local columns = run("ten_armed_epsilon_greedy", { algorithm = algorithm, copies = PROBLEMS, learning_rate = rate,
    environment = { "ten_armed_testbed", mean = payout } })
  local regret, best = columns.reward_regret, columns.reward_optimal
  luaunit.assertEquals(#regret, PULLS)
  local got = { CEILING + payout - mean(regret), CEILING + payout - mean(regret, PULLS - LAST + 1),
                100 * mean(best, PULLS - LAST + 1) }
  for i, margin in ipairs(PROBLEMS >= 2000 and { 0.03, 0.03, 2.5 } or { 0.03 + 1.6 / math.sqrt(PROBLEMS),
    0.03 + 1.6 / math.sqrt(PROBLEMS), 1.5 + 160 / math.sqrt(PROBLEMS) }) do
    luaunit.assertAlmostEquals(got[i], expected[i], margin)
  end
  return best
end

local function greedy(epsilon) return { "epsilon_greedy", epsilon = epsilon } end

function tests.test_bandit_greedy() assert_row(greedy(0), 0, { 1.027, 1.038, 35.7 }) end
function tests.test_bandit_hardly_exploring() assert_row(greedy(0.01), 0, { 1.198, 1.315, 59.7 }) end
function tests.test_bandit_exploring() assert_row(greedy(0.1), 0, { 1.306, 1.371, 79.8 }) end
function tests.test_bandit_upper_confidence() assert_row({ "ucb", c = 1 }, 0, { 1.480, 1.526, 92.4 }) end
function tests.test_bandit_gradient() assert_row("gradient_bandit", 4, { 5.351, 5.502, 85.2 }, 0.1) end
function tests.test_bandit_gradient_alone()
  assert_row({ "gradient_bandit", baseline = false }, 4, { 5.074, 5.199, 48.6 }, 0.1)
end

-- When every arm was tried once the one that paid most is pulled: the best in 43 % of the problems; then comes a dip.
local function assert_spike(best)
  luaunit.assertAlmostEquals(best[11], 0.43, 4 * math.sqrt(0.43 * 0.57 / PROBLEMS))
  luaunit.assertTrue(best[11] > 2 * best[10])
  luaunit.assertTrue(mean(best, 12, 21) < best[11])
end

function tests.test_bandit_optimistic()
  assert_spike(assert_row({ "epsilon_greedy", epsilon = 0, initial = 5, sample_average = false }, 0,
    { 1.295, 1.500, 85.7 }, 0.1))
end

function tests.test_bandit_upper_confidence_2() assert_spike(assert_row({ "ucb", c = 2 }, 0, { 1.391, 1.489, 85.2 })) end

-- A problem that the time limit ended is forgotten: the 11th pull after it is as the 11th of the first.
function tests.test_bandits_forget_a_problem_that_is_over()
  local best = run("ten_armed_ucb", { copies = 1000, updates = 211, max_steps = 200 }).reward_optimal
  luaunit.assertAlmostEquals(best[211], 0.43, 4 * math.sqrt(0.43 * 0.57 / 1000))
  luaunit.assertTrue(mean(best, 201, 210) < 0.15)
end

return tests
