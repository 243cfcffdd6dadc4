-- Gradients of policies: the lesson's numbers, finite differences, policy:gradient and differentiate.
local luaunit = require("luaunit")
local policies = require("policies")

local tests = {}
local lure = lure_test.lure
local shack, mlp = policies.shack, policies.mlp

local function refused(text, f, ...) luaunit.assertErrorMsgContains(text, f, ...) end

-- rows: a list of observations; actions: numbers from 1, as a person counts.
local function batch(rows, actions, kind)
  local flat, taken = {}, {}
  for _, row in ipairs(rows) do
    for _, x in ipairs(row) do flat[#flat + 1] = x end
  end
  for i, action in ipairs(actions) do taken[i] = action end
  return lure_test.tensor(kind or "float64", #rows, #rows[1], flat), lure_test.tensor("int32", #actions, nil, taken)
end

local function weights(list, kind) return lure_test.tensor(kind or "float64", #list, nil, list) end

-- ---- illegal actions ----

-- What differentiate finds of the masked policy, for one choice and for two beside each other.
function tests.test_a_masked_gradient_is_that_of_differentiate()
  local cases = {
    { { "categorical" }, 4, { 1, 0, 1, 1 }, { 0, 1, 0, 1 }, { 3, 2 } },
    { { "multi_categorical" }, { 2, 3 }, { 1, 1, 0, 1, 1 }, { 0, 1, 1, 1, 0 }, { { 1, 3 }, { 2, 2 } } },
    { { "bernoulli" }, 2, { 0, 1 }, { 1, 1 }, { 2, 1 } },
  }
  for _, case in ipairs(cases) do
    local head, actions, first, second, taken = table.unpack(case)
    local policy = lure.policy { { "linear", 5 }, "tanh", "linear", head[1], inputs = 3,
                                 actions = actions, precision = "double", seed = 3 }
    local x, mask, w = policies.rows(2, 3), lure.tensor { first, second }, weights { 0.5, -2 }
    taken = lure.tensor(taken)
    local gradient, loss, entropy = policy:gradient(x, taken, w, { mask = mask })
    local other_loss, other = lure.differentiate(function()
      return lure.mean(-w * policy:evaluate(x, taken, { mask = mask }))
    end, policy)
    luaunit.assertAlmostEquals(loss, tonumber(other_loss), 1e-14)
    for i = 1, #gradient do luaunit.assertAlmostEquals(gradient[i], other[i], 1e-14) end
    local _, entropies = policy:evaluate(x, taken, { mask = mask })
    luaunit.assertAlmostEquals(entropy, entropies:mean(), 1e-14)
    luaunit.assertNotAlmostEquals(policy:gradient(x, taken, w):sum(), gradient:sum(), 1e-3)
  end
end

-- false is what a batch has in a world without legal(s)
function tests.test_no_mask()
  local policy = mlp()
  local x, taken = lure.normal({ 2, 3 }, lure_test.rng(1)), lure.tensor { 3, 2 }
  local expected = policy:gradient(x, taken):to_table()
  luaunit.assertEquals(policy:gradient(x, taken, nil, {}):to_table(), expected)
  luaunit.assertEquals(policy:gradient(x, taken, nil, { mask = false }):to_table(), expected)
  luaunit.assertEquals(policy:gradient(x, taken, nil, { mask = lure.ones(2, 4) }):to_table(), expected)
  local plain, none = policy:evaluate(x, taken), policy:evaluate(x, taken, { mask = false, starts = false, state = false })
  luaunit.assertEquals(none:to_table(), plain:to_table())
  refused("policy:gradient: argument 4: expected a table of options, got boolean", policy.gradient, policy, x, taken, nil, true)
  refused("policy:gradient: unknown 'masks'; did you mean 'mask'?", policy.gradient, policy, x, taken, nil, { masks = 1 })
  refused("policy:gradient: mask: expected a tensor, got number", policy.gradient, policy, x, taken, nil, { mask = 1 })
  refused("policy:gradient: mask is of shape (4); expected (2, 4)", policy.gradient, policy, x, taken, nil,
    { mask = lure.ones(4) })
  refused("policy:gradient: row 2 of 2: action 2 is masked", policy.gradient, policy, x, taken, nil,
    { mask = lure.tensor { { 1, 1, 1, 1 }, { 1, 0, 1, 1 } } })
  refused("policy:gradient: row 1 of 2: the mask leaves no legal action", policy.gradient, policy, x, taken, nil,
    { mask = lure.tensor { { 0, 0, 0, 0 }, { 1, 1, 1, 1 } } })
end

-- ---- the lesson ----

-- hunger 0 both times: 0.2 draws Squatch (right, +1), then 0.9 draws Norm (wrong, -1); learning rate 1.
function tests.test_the_two_worked_updates()
  local policy = shack()
  local expected = { -- p(Norm), action, cross-entropy, derivative, reward, new bias
    { 0.5, 1, 0.693147, 0.5, 1, -0.5 },
    { 0.377541, 2, 0.974077, -0.622459, -1, -1.122459 },
  }
  for _, row in ipairs(expected) do
    local p, action, cross_entropy, derivative, reward, bias = table.unpack(row)
    luaunit.assertAlmostEquals(policy:probabilities({ 0 })[2], p, 5e-7)
    local observations, actions = batch({ { 0 } }, { action })
    local plain, loss = policy:gradient(observations, actions)
    luaunit.assertAlmostEquals(loss, cross_entropy, 5e-7)
    luaunit.assertAlmostEquals(plain[2], derivative, 5e-7)
    local gradient = policy:gradient(observations, actions, weights { reward })
    luaunit.assertAlmostEquals(gradient[2], derivative * reward, 5e-7)
    luaunit.assertEquals(gradient[1], 0) -- the weight is not trained
    lure.optimizer("sgd", policy):step(policy, gradient, 1)
    luaunit.assertAlmostEquals(policy.parameters.bias, bias, 5e-7)
    luaunit.assertEquals(policy.parameters.weight, 20)
  end
  luaunit.assertAlmostEquals(policy:probabilities({ 0 })[2], 0.2455554, 5e-7)
end

-- The expected reward over all hungers in closed form, softplus s: the oracle of the sampled gradient.
local function expected_reward(b, w)
  local function s(x) return x > 0 and x + math.log(1 + math.exp(-x)) or math.log(1 + math.exp(x)) end
  return 0.5 - 2 / w * (s(w / 2 + b) - s(b)) + 2 / w * (s(w + b) - s(w / 2 + b)) - 0.5
end

local GRID = 4000 -- midpoints of as many equal stretches of hunger

function tests.test_expected_reward_has_the_closed_form()
  for b, value in pairs { [0] = 0.0693056, [-3] = 0.3046764, [-10] = 0.8613796, [-12] = 0.7746486 } do
    luaunit.assertAlmostEquals(expected_reward(b, 20), value, 5e-8)
    local policy, sum = shack(b), 0
    for i = 1, GRID do
      local hunger = (i - 0.5) / GRID
      local p = policy:probabilities { hunger }
      sum = sum + (hunger > 0.5 and p[2] - p[1] or p[1] - p[2])
    end
    luaunit.assertAlmostEquals(sum / GRID, value, 1e-6)
  end
end

-- Summed over both actions with their probabilities, the estimator is minus the derivative of the expected reward.
function tests.test_estimator_is_unbiased()
  for _, b in ipairs { 0, -3, -9.5, -10, -12 } do
    local policy, rows, actions, list = shack(b), {}, {}, {}
    for i = 1, GRID do
      local hunger = (i - 0.5) / GRID
      local p = policy:probabilities { hunger }
      for action = 1, 2 do
        local right = (action == 2) == (hunger > 0.5)
        rows[#rows + 1], actions[#actions + 1], list[#list + 1] = { hunger }, action, p[action] * (right and 1 or -1)
      end
    end
    local observations, taken = batch(rows, actions)
    local gradient = policy:gradient(observations, taken, weights(list))
    local h = 1e-5
    local derivative = (expected_reward(b + h, 20) - expected_reward(b - h, 20)) / (2 * h)
    luaunit.assertAlmostEquals(2 * gradient[2], -derivative, 2e-6) -- the mean is over twice as many rows
  end
end

-- ---- finite differences ----

local function random_batch(rng, n, n_inputs, n_actions)
  local rows, actions, list = {}, {}, {}
  for i = 1, n do
    rows[i] = {}
    for j = 1, n_inputs do rows[i][j] = rng:normal() end
    actions[i], list[i] = rng:integer(1, n_actions), rng:normal()
  end
  return rows, actions, list
end

-- Every parameter by its name: get and set one element at (row, column).
local function nudge(policy, name, i, j, by)
  local parameter = policy.parameters[name]
  if type(parameter) == "number" then
    policy.parameters[name] = parameter + by
  elseif j then
    parameter[i][j] = parameter[i][j] + by
  else
    parameter[i] = parameter[i] + by
  end
end

local function check_gradient(policy, names, rows, actions, list)
  local observations, taken = batch(rows, actions)
  local given = weights(list)
  local gradient = policy:gradient(observations, taken, given)
  local at, h = 0, 1e-5
  for _, name in ipairs(names) do
    local parameter = policy.parameters[name]
    local n_rows, n_columns = 1, nil
    if type(parameter) ~= "number" then n_rows, n_columns = parameter:shape() end
    for i = 1, n_rows do
      for j = 1, n_columns or 1 do
        at = at + 1
        local column = n_columns and j or nil
        nudge(policy, name, i, column, h)
        local _, above = policy:gradient(observations, taken, given)
        nudge(policy, name, i, column, -2 * h)
        local _, below = policy:gradient(observations, taken, given)
        nudge(policy, name, i, column, h)
        luaunit.assertAlmostEquals(gradient[at], (above - below) / (2 * h), 1e-8)
      end
    end
  end
  luaunit.assertEquals(#gradient, at)
end

function tests.test_gradient_is_that_of_the_loss()
  local rng = lure_test.rng(11)
  check_gradient(lure.policy { "linear", "categorical", inputs = 3, actions = 4, precision = "double", seed = 1 },
    { "weight", "bias" }, random_batch(rng, 7, 3, 4))
  check_gradient(lure.policy { { "linear", 5 }, "tanh", "linear", "categorical",
                               inputs = 2, actions = 3, precision = "double", seed = 2 },
    { "linear1.weight", "linear1.bias", "linear2.weight", "linear2.bias" }, random_batch(rng, 9, 2, 3))
  check_gradient(lure.policy { { "linear", 4 }, "sigmoid", { "linear", 3 }, "tanh", "linear", "bernoulli",
                               inputs = 2, actions = 2, precision = "double", seed = 3 },
    { "linear1.weight", "linear1.bias", "linear2.weight", "linear2.bias", "linear3.weight", "linear3.bias" },
    random_batch(rng, 5, 2, 2))
  check_gradient(lure.policy { { "linear", 6 }, "relu", "linear", "categorical",
                               inputs = 3, actions = 2, precision = "double", seed = 4 },
    { "linear1.weight", "linear1.bias", "linear2.weight", "linear2.bias" }, random_batch(rng, 6, 3, 2))
end

function tests.test_single_precision_agrees_with_double()
  local spec = { { "linear", 5 }, "tanh", "linear", "categorical", inputs = 3, actions = 3, seed = 5 }
  local single = lure.policy(spec)
  spec.precision = "double"
  local double = lure.policy(spec)
  local rows, actions, list = random_batch(lure_test.rng(12), 8, 3, 3)
  for _, name in ipairs { "linear1.weight", "linear2.weight" } do
    local from, to = single.parameters[name], double.parameters[name]
    local n_rows, n_columns = from:shape()
    for i = 1, n_rows do
      for j = 1, n_columns do to[i][j] = from[i][j] end
    end
  end
  local observations, taken = batch(rows, actions, "float32")
  local g = single:gradient(observations, taken, weights(list, "float32"))
  observations, taken = batch(rows, actions)
  local exact = double:gradient(observations, taken, weights(list))
  luaunit.assertEquals(#g, #exact)
  for i = 1, #g do luaunit.assertAlmostEquals(g[i], exact[i], 2e-6) end
end

-- ---- what else a gradient is ----

function tests.test_weights_are_1_when_left_out()
  local policy = shack(-1)
  local observations, actions = batch({ { 0.1 }, { 0.2 } }, { 1, 2 })
  local without, loss = policy:gradient(observations, actions)
  local with, same = policy:gradient(observations, actions, weights { 1, 1 })
  luaunit.assertEquals(without:to_table(), with:to_table())
  luaunit.assertEquals(loss, same)
end

function tests.test_entropy()
  local observations, actions = batch({ { 0 } }, { 1 })
  local _, _, entropy = shack(0):gradient(observations, actions)
  luaunit.assertAlmostEquals(entropy, math.log(2), 1e-15)
  local policy = lure.policy { { "linear", weight = 0, bias = 0 }, "categorical", inputs = 1, actions = 5,
                               precision = "double" }
  _, _, entropy = policy:gradient(observations, actions)
  luaunit.assertAlmostEquals(entropy, math.log(5), 1e-14)
end

-- A certain policy: probability 0 for what was done. Finite, and exact in the limit.
function tests.test_certainty_stays_finite()
  local policy = shack(1e4)
  local observations, actions = batch({ { 0 } }, { 1 })
  local gradient, loss = policy:gradient(observations, actions)
  luaunit.assertAlmostEquals(loss, 1e4, 1e-9)
  luaunit.assertEquals(gradient[2], 1)
  luaunit.assertEquals(policy:probabilities { 0 }, { 0, 1 })
end

-- ---- differentiate ----

-- differentiate by the policy is policy:gradient of the same loss
function tests.test_differentiate_is_gradient()
  local policy = mlp()
  local x, w = policies.rows(9, 3), lure.normal({ 9 }, lure_test.rng(7))
  local actions = policy:act(x, lure_test.rng(1))
  local gradient, loss = policy:gradient(x, actions, w)
  local same, tracked = lure.differentiate(function()
    local log_prob = policy:evaluate(x, actions)
    return -lure.mean(w * log_prob)
  end, policy)
  luaunit.assertAlmostEquals(same, loss, 1e-14)
  for i = 1, #gradient do luaunit.assertAlmostEquals(tracked[i], gradient[i], 1e-14) end
end

-- a loss of everything, its derivative by parameters and by observations against differences
function tests.test_differentiate_everything()
  local policy = mlp { trunk = { { "linear", 4 }, "gelu" } }
  local x = policies.rows(5, 3)
  local actions = policy:act(x, lure_test.rng(1))
  local function loss()
    local log_prob, entropy, value = policy:evaluate(x, actions)
    local outputs = policy:forward(x)
    return lure.mean(lure.exp(log_prob)) + lure.sum(entropy * value) + lure.mean(outputs ^ 2) +
      lure.sum(policy.parameters["linear1.weight"] ^ 2)
  end
  local _, by_policy, by_x = lure.differentiate(loss, policy, x)
  local function number()
    local l = loss()
    return type(l) == "number" and l or l[1]
  end
  local h = 1e-5
  for _, place in ipairs { { 1, 1 }, { 2, 3 }, { 5, 2 } } do
    local i, j = table.unpack(place)
    local at = x[i][j]
    x[i][j] = at + h
    local above = number()
    x[i][j] = at - h
    local below = number()
    x[i][j] = at
    luaunit.assertAlmostEquals(by_x[i][j], (above - below) / (2 * h), 1e-8)
  end
  local weight = policy.parameters["linear1.weight"] -- behind the trunk's 3 * 4 + 4
  local at = weight[2][3]
  weight[2][3] = at + h
  local above = number()
  weight[2][3] = at - h
  local below = number()
  luaunit.assertAlmostEquals(by_policy[16 + 6 + 3], (above - below) / (2 * h), 1e-7)
end

function tests.test_single_parameters_are_tracked()
  local policy = shack(-2)
  local loss, gradient = lure.differentiate(function() return policy.parameters.bias ^ 2 end, policy)
  luaunit.assertEquals(loss, 4)
  luaunit.assertEquals(gradient:to_table(), { 0, -4 })
  loss, gradient = lure.differentiate(function() return policy.parameters.bias * policy.parameters.weight end, policy)
  luaunit.assertEquals(loss, -40)
  luaunit.assertEquals(gradient:to_table(), { 0, 20 }) -- the weight is fixed
  luaunit.assertEquals(policy.parameters.bias, -2)
  refused("differentiate has recorded", lure.differentiate, function()
    local l = policy.parameters.bias ^ 2
    policy.parameters.bias = 1
    return l
  end, policy)
end

function tests.test_a_small_policy_learns_a_rule()
  local policy = lure.policy { { "linear", 16, init = "orthogonal", gain = math.sqrt(2) }, "tanh",
                               { "linear", init = "orthogonal", gain = 0.01 }, "categorical", inputs = 2, actions = 2 }
  local optimizer = lure.optimizer("adam", policy)
  local x = policies.rows(64, 2, 3, "float32")
  local right = (lure.greater(x:select(2, 1) * x:select(2, 2), 0) + 1):to("int32")
  local first, last
  for _ = 1, 300 do
    local loss, gradient = lure.differentiate(function() return -lure.mean((policy:evaluate(x, right))) end, policy)
    optimizer:step(policy, gradient, 0.02)
    first, last = first or loss, loss
  end
  luaunit.assertAlmostEquals(first, math.log(2), 0.01) -- near uniform at first
  luaunit.assertTrue(last < 0.1)
end

-- ---- refusals ----

function tests.test_gradient_is_for_discrete_heads()
  local policy = lure.policy { "linear", "gaussian", inputs = 1, actions = 1 }
  local pushed = lure.tensor({ { 0.5 } }, "float32")
  refused("policy:gradient is for discrete actions, and the policy's head is gaussian; write the loss with differentiate",
    policy.gradient, policy, pushed, pushed)
end

function tests.test_gradient_refuses_what_does_not_fit()
  local policy = shack()
  local observations, actions = batch({ { 0 }, { 1 } }, { 1, 2 })
  refused("observations are of shape (1, 2); expected (rows, 1)", policy.gradient, policy, (batch({ { 0, 1 } }, { 1 })), actions)
  refused("observations are of shape (2); expected (rows, 1)", policy.gradient, policy, lure.tensor { 0, 1 }, actions)
  refused("actions: expected an int32 tensor of 2 numbers, got int32 of shape (1)", policy.gradient, policy,
    observations, lure_test.tensor("int32", 1, nil, { 1 }))
  refused("weights are of shape (3); expected (2), one a row", policy.gradient, policy,
    observations, actions, weights { 1, 2, 3 })
  refused("policy:gradient: weights are of shape (2, 1); expected (2)", policy.gradient, policy, observations, actions,
    lure.ones(2, 1))
  refused("policy:gradient: weights: expected a tensor, got number", policy.gradient, policy, observations, actions, 2)
  refused("policy:gradient: observations: expected a tensor, got table", policy.gradient, policy, { { 0 } }, actions)
  refused("expected a policy, got", policy.gradient, {}, observations, actions)
  refused("row 2 of 2: action 3 is none of the policy's, 1 to 2", policy.gradient, policy, observations,
    lure_test.tensor("int32", 2, nil, { 1, 3 }))
  refused("action 0 is none", policy.gradient, policy, observations, lure_test.tensor("int32", 2, nil, { 1, 0 }))
  refused("weight", policy.gradient, policy, observations, actions, weights { 1, 0 / 0 })
  refused("observation", policy.gradient, policy, (batch({ { 0 }, { 1 / 0 } }, { 1, 2 })), actions)
  refused("empty batch", policy.gradient, policy, lure_test.tensor("float64", 0, 1, {}),
    lure_test.tensor("int32", 0, nil, {}))
end

-- Numbers of another type become the policy's, the same in all of a policy's functions.
function tests.test_numbers_of_another_type()
  local rng = lure_test.rng(5)
  local x, w, actions = lure.normal({ 6, 3 }, rng), lure.normal(6, rng), lure.tensor({ 1, 2, 1, 2, 2, 1 }, "int32")
  for _, precision in ipairs { "single", "double" } do
    local policy = lure.policy { { "linear", 4 }, "tanh", "linear", "categorical", inputs = 3, actions = 2, precision = precision }
    local own, other = "float32", "float64"
    if precision == "double" then own, other = other, own end
    local x_32, w_32 = x:to("float32"), w:to("float32") -- numbers that both types have
    local expected, loss, entropy = policy:gradient(x_32:to(own), actions, w_32:to(own))
    expected = expected:copy()
    for _, kinds in ipairs { { other, own }, { own, other }, { other, other } } do
      local gradient, loss_2, entropy_2 = policy:gradient(x_32:to(kinds[1]), actions, w_32:to(kinds[2]))
      luaunit.assertEquals({ gradient:type(), gradient:to_table(), loss_2, entropy_2 }, { own, expected:to_table(), loss, entropy })
    end
    local log_prob = policy:evaluate(x_32:to(other), actions)
    luaunit.assertEquals({ log_prob:type(), log_prob:to_table() }, { own, (policy:evaluate(x_32:to(own), actions)):to_table() })
    local whole = lure.tensor({ { 1, 0, 2 }, { -1, 3, 1 } }, "int32")
    luaunit.assertEquals((policy:gradient(whole, lure.tensor({ 1, 2 }, "int32"))):to_table(),
      (policy:gradient(whole:to(own), lure.tensor({ 1, 2 }, "int32"))):to_table())
  end
  local single = lure.policy { "linear", "categorical", inputs = 3, actions = 2 }
  refused("policy:gradient: row 1 of 1: observation 1 of 3 is inf; it must be finite", single.gradient, single,
    lure.full({ 1, 3 }, 1e300), lure.tensor({ 1 }, "int32"))
end

return tests
