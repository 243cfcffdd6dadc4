-- The helpers that a user's tests of scripts have (scripts/testing/lure/testing.lua), each held to what it must find.
local luaunit = require("luaunit")

local tests = {}
local testing = assert(loadfile("scripts/testing/lure/testing.lua"))(lure_test, luaunit)

local function assert_fails(text, f, ...)
  local worked, message = pcall(f, ...)
  luaunit.assertFalse(worked, "nothing was found; expected '" .. text .. "'")
  luaunit.assertStrContains(tostring(message), text)
end

-- A corridor to change; what is not changed keeps the contract.
local function corridor(changes)
  local world = { actions = { "left", "right" }, observation = { "place" }, max_steps = 5 }
  function world.reset(s, _, input) s.place = input.place or 0 end
  function world.step(s, action)
    s.place = s.place + (action == "right" and 1 or -1)
    return s.place == 3
  end
  function world.reward(s) return s.place end
  for key, value in pairs(changes or {}) do world[key] = value end
  return world
end

-- ---- stepping ----

function tests.test_a_trace()
  local steps = testing.world(corridor()):trace { "right", "left", "right", "right", "right", "right" }
  luaunit.assertEquals(#steps, 6)
  luaunit.assertEquals(steps[1], { observation = { 0 }, reward = 0, terminated = false, truncated = false, state = { place = 0 } })
  luaunit.assertEquals(steps[2].action, "right")
  luaunit.assertEquals(steps[2].state, { place = 1 })
  luaunit.assertEquals(steps[6], { action = "right", observation = { 3 }, reward = 3, terminated = true, truncated = false,
                                   state = { place = 3 } })
end

function tests.test_terminated_wins_over_truncated()
  local world = testing.world(corridor { max_steps = 3 })
  local steps = world:trace { "right", "right", "right" }
  luaunit.assertEquals({ steps[4].terminated, steps[4].truncated }, { true, false })
  steps = world:trace { "left", "right", "left", "left" }
  luaunit.assertEquals(#steps, 4)
  luaunit.assertEquals({ steps[4].terminated, steps[4].truncated }, { false, true })
  assert_fails("no episode goes on; reset", world.step, world, "left")
end

function tests.test_input_and_schedule()
  local world = testing.world(corridor(), { input = { place = 2 } })
  luaunit.assertEquals(world:reset(), { 2 })
  luaunit.assertEquals(world:reset { place = -1 }, { -1 })
  world = testing.world(corridor(), { schedule = function(_, episode) return { place = episode / 4 } end })
  world:reset()
  luaunit.assertEquals(world:reset(), { 0.5 })
end

function tests.test_the_reward_sees_what_was_before()
  local world = testing.world(corridor(), { reward = function(s, action, terminated, before)
    return s.place - before.place, { of = action == "right" and 1 or 0 }
  end })
  world:reset()
  local _, reward, _, _, terms = world:step("right")
  luaunit.assertEquals({ reward, terms }, { 1, { of = 1 } })
  world = testing.world(corridor(), { action_repeat = 3, reward = function(s) return 1, { place = s.place } end })
  luaunit.assertEquals(world:trace({ "left" })[2].terms, { place = -1 - 2 - 3 })
end

-- The module looks through to the world that the host steps: its methods, its fields, and that these are not written.
function tests.test_it_is_a_world_of_the_host()
  local world = testing.world(corridor { legal = function() return { "left" } end, render = function() return "here" end })
  luaunit.assertTrue(world.ended)
  luaunit.assertEquals(world:reset(), { 0 })
  local saved = world:snapshot()
  world:step("right")
  local fork = world:fork()
  fork:step("right")
  luaunit.assertEquals(world:restore(saved), { 0 })
  luaunit.assertEquals({ world.steps, fork.steps, fork.episode_return, fork.state.place, world.observation[1] }, { 0, 2, 3, 2, 0 })
  luaunit.assertEquals({ world:legal(), world:render(), fork:random_action() }, { { "left" }, "here", "left" })
  luaunit.assertEquals(#fork:trace(2), 3)
  assert_fails("the world has no 's'", function() return world.s end)
  assert_fails("may not be written", function() world.steps = 3 end)
end

function tests.test_random_actions_of_every_form()
  local function drawn(actions, legal)
    local world, out = testing.world(corridor { actions = actions, legal = legal, step = function() return false end,
                                                max_steps = 50 }), {}
    for i, step in ipairs(world:trace()) do out[i - 1] = step.action end
    luaunit.assertEquals(#out, 50)
    return out
  end
  local words = {}
  for _, word in ipairs(drawn { "a", "b", "c" }) do words[word] = true end
  luaunit.assertEquals(words, { a = true, b = true, c = true })
  for _, word in ipairs(drawn({ "a", "b", "c" }, function() return { "b" } end)) do luaunit.assertEquals(word, "b") end
  for _, x in ipairs(drawn { low = -2, high = 2 }) do luaunit.assertTrue(x >= -2 and x < 2) end
  for _, both in ipairs(drawn { { "a", "b" }, { name = "gear", "x", "y" } }) do
    luaunit.assertTrue((both[1] == "a" or both[1] == "b") and (both[2] == "x" or both[2] == "y"))
  end
  for _, both in ipairs(drawn { { low = 0, high = 1 }, { low = 5, high = math.huge } }) do
    luaunit.assertTrue(both[1] < 1 and both[2] >= 5)
  end
end

-- The chance of a world that is stepped by hand is that of a run.
function tests.test_the_streams_are_those_of_a_run()
  local run = testing.run("tests/lua/streams.lua", {}, 7)
  local world = testing.world({ "k_armed_bandit", k = 2, spread = 0 }, { seed = 7 })
  for i = 1, 5 do luaunit.assertEquals(run.rows[i].reward, (world:play(function() return "arm1" end))) end
  luaunit.assertNotEquals(testing.run("tests/lua/streams.lua", {}, 8).rows[1].reward, run.rows[1].reward)
end

-- And its random actions are those that a run draws.
function tests.test_random_actions_are_those_of_a_run()
  local run = testing.run("tests/lua/random.lua", { updates = 20 }, 7)
  local returns, lengths = testing.returns("gridworld", { seed = 7, episodes = 20 })
  for i, row in ipairs(run.rows) do luaunit.assertEquals({ row.paid, row.lived }, { returns[i], lengths[i] }) end
  luaunit.assertNotEquals(returns, (testing.returns("gridworld", { seed = 8, episodes = 20 })))
end

-- ---- runs ----

function tests.test_a_run_gives_its_rows()
  local run = testing.run("fry_shacks", { updates = 3, ["learning_rate.rate"] = 0.25 }, 2)
  luaunit.assertEquals({ run.seed, run.updates, run.episodes, run.steps, #run.rows }, { 2, 3, 3, 3, 3 })
  luaunit.assertEquals(run.rows[3].bias, run.parameters.bias)
  luaunit.assertEquals(run.rows[3].learning_rate, 0.25)
  luaunit.assertNil(run.rows[1].no_such_column)
  assert_fails("updtes", testing.run, "fry_shacks", { updtes = 3 })
  assert_fails("not found", testing.run, "no_such_experiment")
  local rewards = testing.run("fry_shacks", { updates = 1, reward = { "right_portion", right = 7, wrong = 7 } }).rows
  luaunit.assertEquals(rewards[1].reward, 7)
end

-- ---- rules ----

function tests.test_rates_are_told_what_a_run_tells()
  local function rule(p) return (p.learning_rate or 1) * (p.kl and 2 or 1) + p.update / p.updates - p.progress end
  luaunit.assertEquals(testing.rates(rule, 3, function() return { kl = 1 } end), { 1, 2, 4 })
  luaunit.assertEquals(testing.rates({ "linear", first = 2, last = 0 }, 3), { 2, 1, 0 })
  luaunit.assertEquals(testing.rates(0.5, 2), { 0.5, 0.5 })
end

function tests.test_inputs_and_rewards()
  luaunit.assertEquals(testing.inputs(function(_, episode, progress) return { x = episode * progress } end, 2),
    { { x = 0.5 }, { x = 2 } })
  testing.assert_same_bits(testing.inputs("uniform_hunger", 5, 3), testing.inputs("uniform_hunger", 5, 3))
  luaunit.assertEquals(testing.rewards({ "right_portion", right = 3 }, { { { hunger = 1, portion = "large" }, "norm" } }), { 3 })
end

-- ---- assertions ----

function tests.test_same_bits()
  testing.assert_same_bits({ 1, { a = 0 / 0 }, "x" }, { 1, { a = 0 / 0 }, "x" })
  assert_fails("expected the value[1] is 0, got -0", testing.assert_same_bits, { -0.0 }, { 0.0 })
  assert_fails("the list.a.b is 1, got nil", testing.assert_same_bits, { a = {} }, { a = { b = 1 } }, "the list")
  assert_fails("[2] is nil, got 3", testing.assert_same_bits, { 1, 3 }, { 1 })
  assert_fails("0.30000000000000004", testing.assert_same_bits, 0.1 + 0.2, 0.3)
end

function tests.test_repeatable()
  testing.assert_repeatable(corridor())
  testing.assert_repeatable({ "gridworld", slip = 0.5 }, { seed = 4 })
  local calls = 0
  assert_fails("same seed, other bits: episode 1", testing.assert_repeatable, corridor { step = function(s)
    calls = calls + 1
    s.place = calls
    return false
  end })
  local broken = "tests/contract/broken/environments/"
  assert_fails("depends on those before it", testing.assert_repeatable, broken .. "counts_in_a_local.lua")
  assert_fails("something is kept outside s", testing.assert_repeatable, broken .. "goal_in_a_local.lua")
end

function tests.test_reward_bounds()
  testing.assert_reward_bounded(nil, corridor(), -5, 3)
  assert_fails("the reward is -", testing.assert_reward_bounded, nil, corridor(), -1, 3)
  assert_fails("expected a finite number", testing.assert_reward_bounded, function() return 0 / 0 end, corridor(), 0, 1)
  testing.assert_reward_bounded(nil, corridor(), 1, 3, { act = function() return "right" end, episodes = 2 })
end

function tests.test_refusals()
  testing.assert_refuses("reward", "right_portion", { colour = 1 }, "colour")
  assert_fails("took the options", testing.assert_refuses, "reward", "right_portion", { right = 2 }, "right")
  assert_fails("expected one with 'size'", testing.assert_refuses, "reward", "right_portion", { colour = 1 }, "size")
  luaunit.assertNil(testing.load_error("reward", "right_portion"))
  assert_fails("did you mean 'reward'", testing.load, "rewrad", "right_portion")
end

function tests.test_means()
  local mean, standard_error = testing.mean { 1, 2, 3 }
  luaunit.assertEquals(mean, 2)
  luaunit.assertAlmostEquals(standard_error, 1 / math.sqrt(3), 1e-15)
  testing.assert_mean({ 1, 2, 3 }, 2.5)
  testing.assert_mean({ 2, 2 }, 2)
  assert_fails("the mean of 3 is 2", testing.assert_mean, { 1, 2, 3 }, 5)
  assert_fails("expected 2.5", testing.assert_mean, { 1, 2, 3 }, 2.5, 0.5)
end

function tests.test_returns()
  local returns, lengths = testing.returns(corridor(), { episodes = 2, act = function() return "right" end })
  luaunit.assertEquals({ returns, lengths }, { { 6, 6 }, { 3, 3 } })
  luaunit.assertEquals(#testing.returns("cartpole"), 100)
end

return tests
