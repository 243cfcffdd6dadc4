-- What the shipped algorithms check before a run starts. That they learn is tested by whole runs elsewhere.
local luaunit = require("luaunit")

local tests = {}
local NAMES = { "policy_gradient", "reinforce", "actor_critic", "ppo", "q_learning", "sarsa", "expected_sarsa", "dqn",
                "epsilon_greedy", "ucb", "gradient_bandit", "cross_entropy_method", "evolution_strategies" }

function tests.test_algorithms_are_functions()
  for _, name in ipairs(NAMES) do
    luaunit.assertEquals(type(lure_test.load("algorithm", name)), "function")
  end
end

function tests.test_reinforce_refuses_an_unknown_baseline()
  for _, baseline in ipairs { "none", "mean", "learned" } do
    luaunit.assertNil(lure_test.load_error("algorithm", "reinforce", { baseline = baseline }))
  end
  luaunit.assertStrContains(lure_test.load_error("algorithm", "reinforce", { baseline = "median" }), "median")
end

function tests.test_the_elite_is_a_share()
  luaunit.assertStrContains(lure_test.load_error("algorithm", "cross_entropy_method", { elite_fraction = 0 }), "elite_fraction")
end

-- An update that learns nothing is no update.
function tests.test_who_learns_no_times_is_refused()
  for _, n in ipairs { 0, -1, 0.5 } do
    luaunit.assertStrContains(lure_test.load_error("algorithm", "ppo", { update_epochs = n }) or "accepted", "update_epochs is")
    luaunit.assertStrContains(lure_test.load_error("algorithm", "dqn", { gradient_steps = n }) or "accepted", "gradient_steps is")
  end
end

function tests.test_unknown_options_are_refused()
  for _, name in ipairs(NAMES) do
    luaunit.assertStrContains(lure_test.load_error("algorithm", name, { colour = 1 }) or "accepted", "colour")
  end
end

return tests
