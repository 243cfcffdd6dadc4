-- Policies and their gradients as scripts use them: the lesson's numbers, finite differences, and refusals.
local luaunit = require("luaunit")

local tests = {}
local lure = lure_test.lure

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

local function shack(bias, precision)
  return lure.policy { { "linear", weight = 20, bias = bias or 0, train = { "bias" } }, "bernoulli",
                       inputs = 1, actions = 2, precision = precision or "double" }
end

-- ---- tables that lie about their size ----

-- A table of 1100 elements whose length Lua takes for 2^61: it is filled up to 1025 and at each power of two.
local function endless(value)
  local text, powers = {}, {}
  for i = 1, 1024 do text[i] = "v" end
  for i = 11, 61 do powers[i - 10] = ("[%d]=v"):format(1 << i) end
  local t = load("local v = ... return {" .. table.concat(powers, ",") .. ",[1025]=v," .. table.concat(text, ",") .. "}")(value)
  assert(#t >= 1 << 60)
  return t
end

function tests.test_lengths_without_end()
  local function make(spec)
    spec.inputs, spec.actions = 1, 2
    return lure.policy(spec)
  end
  refused("lure.tensor: a list of 2305843009213693952 elements is too long", lure.tensor, endless(1.5))
  refused("lure.tensor: a list of 2305843009213693952 elements is too long", lure.tensor, { endless(1.5), endless(1.5) })
  refused("policy: a list of 2305843009213693952 elements is too long", make, endless("tanh"))
  refused("too long", make, { { "linear", weight = endless(1) }, "bernoulli" })
  refused("too long", make, { { "linear", bias = { endless(1) } }, "bernoulli" })
  refused("too long", make, { { "linear", train = endless("bias") }, "bernoulli" })
  refused("rng:shuffle: a list of 2305843009213693952 elements is too long", lure_test.rng(1).shuffle, lure_test.rng(1), endless(1))
  local layers = {}
  for i = 1, 1001 do layers[i] = "tanh" end
  refused("policy: a list of 1001 elements is too long (at most 1000)", make, layers)
end

function tests.test_lists_inside_themselves()
  local own, million = {}, {}
  own[1] = own
  for i = 1, 100000 do million[i] = 1 end
  local rows = {}
  for i = 1, 100000 do rows[i] = million end
  for _, case in ipairs { { own, "nested more than 2 deep" }, { { { { 1 } } }, "nested more than 2 deep" },
                          { rows, "more than 100000000 numbers" } } do
    refused(case[2], lure.policy, { { "linear", weight = case[1] }, "categorical", inputs = 1, actions = 2 })
  end
end

-- Policies, optimizers and what a gradient needs are the engine's memory, which does not make Lua collect.
function tests.test_dropped_policies_are_collected()
  local big = [[lure.policy { { "linear", 300 }, "tanh", { "linear", 300 }, "tanh", "linear", "categorical",
    inputs = 300, actions = 2 }]]
  luaunit.assertEquals({ lure_test.eval("for i = 1, 400 do local p = " .. big .. " end return 1", { memory_mb = 8 }) }, { true, 1 })
  luaunit.assertEquals({ lure_test.eval("local p = " .. big .. " for i = 1, 400 do lure.optimizer('adam', p) end return 1",
    { memory_mb = 16 }) }, { true, 1 })
  local ok, message, status = lure_test.eval("local kept = {} for i = 1, 400 do kept[i] = " .. big .. " end", { memory_mb = 8 })
  luaunit.assertEquals({ ok, status }, { false, "limit_memory" })
  luaunit.assertStrContains(message, "text:1: ")
  -- what is made at the second attempt has the numbers of what is made at the first
  luaunit.assertEquals({ lure_test.eval([[
    local function numbers()
      local p = lure.policy { { "linear", 300, name = "body" }, "tanh", "linear", "categorical", inputs = 300, actions = 2, seed = 5 }
      return p.parameters["body.weight"]:sum()
    end
    local want = numbers()
    for _ = 1, 100 do
      if numbers() ~= want then return false end
    end
    return true]], { memory_mb = 4 }) }, { true, true })
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

function tests.test_nothing_to_see()
  local policy = lure.policy { "linear", "categorical", inputs = 0, actions = 3, precision = "double" }
  local sum = 0
  for _, p in ipairs(policy:probabilities {}) do sum = sum + p end
  luaunit.assertAlmostEquals(sum, 1, 1e-15)
  local observations = lure_test.tensor("float64", 2, 0, {})
  local gradient = policy:gradient(observations, lure_test.tensor("int32", 2, nil, { 1, 3 }))
  luaunit.assertAlmostEquals(gradient:sum(), 0, 1e-15)
end

-- ---- parameters ----

function tests.test_names_and_shapes()
  local one = lure.policy { "linear", "categorical", inputs = 3, actions = 4 }
  luaunit.assertEquals({ one.parameters.weight:shape() }, { 3, 4 })
  luaunit.assertEquals({ one.parameters.bias:shape() }, { 4 })
  local named = lure.policy { { "linear", 8, name = "body" }, "relu", { "linear", name = "head" }, "categorical",
                              inputs = 3, actions = 4 }
  luaunit.assertEquals({ named.parameters["body.weight"]:shape() }, { 3, 8 })
  luaunit.assertEquals({ named.parameters["head.bias"]:shape() }, { 4 })
  luaunit.assertEquals(type(shack().parameters.bias), "number")
  luaunit.assertStrContains(tostring(shack()), "weight")
end

function tests.test_given_values()
  local policy = lure.policy { { "linear", weight = { { 1, 2 }, { 3, 4 } }, bias = { 5, 6 } }, "categorical",
                               inputs = 2, actions = 2, precision = "double" }
  luaunit.assertEquals(policy.parameters.weight:to_table(), { { 1, 2 }, { 3, 4 } })
  luaunit.assertEquals(policy.parameters.bias:to_table(), { 5, 6 })
  local p = policy:probabilities { 1, 1 } -- logits 9 and 12
  luaunit.assertAlmostEquals(p[2] / p[1], math.exp(3), 1e-11)
end

function tests.test_parameters_can_be_written()
  local policy = lure.policy { "linear", "categorical", inputs = 2, actions = 2, precision = "double" }
  policy.parameters.bias = 3
  luaunit.assertEquals(policy.parameters.bias:to_table(), { 3, 3 })
  policy.parameters.weight[2][1] = -1
  luaunit.assertEquals(policy.parameters.weight[2][1], -1)
  refused("finite", function() policy.parameters.bias = 0 / 0 end)
  refused("policy.parameters: bias: expected a number or a tensor of shape (2), got table", function() policy.parameters.bias = {} end)
  refused("the policy has no parameter 'bais'; it has weight, bias", function() return policy.parameters.bais end)
  refused("no parameter 'bais'", function() policy.parameters.bais = 1 end)
end

function tests.test_first_values_come_from_the_seed()
  local function first(seed)
    return lure.policy({ { "linear", 8 }, "tanh", "linear", "categorical", inputs = 4, actions = 2, seed = seed })
      .parameters["linear1.weight"]:to_table()
  end
  luaunit.assertEquals(first(1), first(1))
  luaunit.assertNotEquals(first(1), first(2))
end

-- A parameter's view outlives the policy's name.
function tests.test_a_view_keeps_its_policy_alive()
  local view = lure.policy({ { "linear", weight = { 1, 2, 3 } }, "bernoulli", inputs = 3, actions = 2 }).parameters.weight
  collectgarbage()
  collectgarbage()
  luaunit.assertEquals(view:sum(), 6)
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

-- ---- refusals ----

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

function tests.test_probabilities_refuse()
  local policy = shack()
  refused("expected a list of 1 numbers, got 2", policy.probabilities, policy, { 1, 2 })
  refused("table expected", policy.probabilities, policy, 1)
  refused("policy:probabilities: number 1 is x; expected a finite number", policy.probabilities, policy, { "x" })
end

function tests.test_specifications_that_do_not_fit()
  local function make(spec)
    spec.inputs, spec.actions = spec.inputs or 1, spec.actions or 2
    return lure.policy(spec)
  end
  local cases = {
    { { "linear", "bernoulli", actions = 3 }, 'head "bernoulli" is for two actions; there are 3' },
    { { "linear" }, "at least one layer and a head" },
    { { "linear", "bernouli" }, "did you mean 'bernoulli'?" },
    { { "linaer", "bernoulli" }, "did you mean 'linear'?" },
    { { { "linear", wieght = 1 }, "bernoulli" }, "did you mean 'weight'?" },
    { { { "linear", train = { "biass" } }, "bernoulli" }, "did you mean 'bias'?" },
    { { { "linear", train = "bias" }, "bernoulli" }, "train: expected a list" },
    { { { "linear", weight = { 1, 2 } }, "bernoulli" }, "weight" },
    { { { "linear", weight = 1 / 0 }, "bernoulli" }, "not finite" },
    { { { "linear", weight = "big" }, "bernoulli" }, "expected a number or a list of numbers, got string" },
    { { { "linear", -1 }, "tanh", "linear", "bernoulli" }, "units: expected a whole number" },
    { { { "linear", 1.5 }, "tanh", "linear", "bernoulli" }, "units: expected a whole number" },
    { { { "linear", 7 }, "bernoulli" }, "policy" }, -- the head needs one unit
    { { "tanh", "bernoulli" }, "linear" },
    { { 5, "bernoulli" }, "policy[1]: expected a layer's name" },
    { { "linear", { "bernoulli", weight = 7 } }, 'policy "bernoulli": unknown option \'weight\'; it has none' },
    { { "linear", { "bernoulli", 7 } }, 'policy "bernoulli": a value without a name, [2] = 7; it has no options' },
    { { "linear", { "tanh", 7 }, "linear", "bernoulli" }, 'policy "tanh": a value without a name, [2] = 7' },
    { { "linear", { "tanh", units = 7 }, "linear", "bernoulli" }, 'policy "tanh": unknown option \'units\'; it has none' },
    { { { "linear", name = 5 }, "bernoulli" }, "policy[1] linear: name: expected a string, got number" },
    { { { "linear", [2.5] = 5 }, "bernoulli" }, "policy[1] linear: a value without a name, [2.5]" },
    { { "linear", "bernoulli", [7] = "tanh" }, "policy: a value without a name, [7] = tanh" },
    { { "linear", "bernoulli", precision = "half" }, "Known: single, double" },
    { { "linear", "bernoulli", prescision = "double" }, "precision" },
  }
  for _, case in ipairs(cases) do refused(case[2], make, case[1]) end
  refused("lure.policy: inputs: expected a whole number >= 0, got nil", lure.policy, { "linear", "bernoulli", actions = 2 })
end

-- ---- trunks, values, heads ----

local function rows(n, width, seed, kind)
  return lure.normal({ n, width }, lure_test.rng(seed or 1), 0, 1, kind or "float64")
end

local function mlp(more)
  local spec = { { "linear", 6 }, "tanh", "linear", "categorical", value = { { "linear", 5 }, "tanh", "linear" },
                 inputs = 3, actions = 4, precision = "double", seed = 3 }
  for key, x in pairs(more or {}) do spec[key] = x end
  return lure.policy(spec)
end

function tests.test_trunk_and_value_are_named()
  local policy = lure.policy { trunk = { { "linear", 6 }, "layer_norm", "tanh" }, "linear", "categorical",
                               value = { "linear" }, inputs = 3, actions = 2 }
  luaunit.assertEquals(policy.n_parameters, 4 * 6 + 12 + 14 + 7)
  local text = tostring(policy)
  for _, name in ipairs { "trunk.linear1.weight (3, 6)", "trunk.layer_norm1.gain (6)", "\n  weight (6, 2)", "value.bias (1)" } do
    luaunit.assertStrContains(text, name)
  end
end

function tests.test_evaluate_says_what_act_said()
  for _, head in ipairs { "categorical", { "gaussian", log_std = -0.5 }, { "squashed_gaussian", state_dependent = true } } do
    local policy = lure.policy { { "linear", 6 }, "tanh", "linear", head, value = { "linear" }, inputs = 3, actions = 2 }
    local x = rows(20, 3, 5, "float32")
    local actions, log_prob, value = policy:act(x, lure_test.rng(2))
    local same, entropy, same_value = policy:evaluate(x, actions)
    luaunit.assertEquals(same:to_table(), log_prob:to_table())
    luaunit.assertEquals(same_value:to_table(), value:to_table())
    luaunit.assertEquals(entropy:shape(), 20)
    luaunit.assertEquals(policy:values(x):to_table(), value:to_table())
    local again = policy:act(x, lure_test.rng(2))
    luaunit.assertEquals(again:to_table(), actions:to_table())
    local likeliest = policy:act(x, nil, { deterministic = true })
    luaunit.assertEquals(policy:act(x, nil, { deterministic = true }):to_table(), likeliest:to_table())
  end
end

function tests.test_actions_count_from_1()
  local policy = mlp()
  local x = rows(50, 3)
  local actions = policy:act(x, lure_test.rng(1))
  local outputs = policy:forward(x)
  local log_prob = policy:evaluate(x, actions)
  local picked = lure.gather(lure.log_softmax(outputs), actions)
  for i = 1, 50 do
    luaunit.assertTrue(actions[i] >= 1 and actions[i] <= 4)
    luaunit.assertAlmostEquals(picked[i], log_prob[i], 1e-14)
  end
  luaunit.assertAlmostEquals(policy:evaluate(x, lure.full(50, 4))[1], lure.log_softmax(outputs)[1][4], 1e-14)
end

-- differentiate by the policy is policy:gradient of the same loss
function tests.test_differentiate_is_gradient()
  local policy = mlp()
  local x, w = rows(9, 3), lure.normal({ 9 }, lure_test.rng(7))
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
  local x = rows(5, 3)
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
  local x = rows(64, 2, 3, "float32")
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

function tests.test_masks()
  local policy = mlp()
  local x = rows(2, 3)
  local mask = lure.tensor { { 0, 0, 1, 0 }, { 1, 1, 0, 0 } }
  local log_prob, entropy = policy:evaluate(x, lure.tensor { 3, 2 }, { mask = mask })
  luaunit.assertEquals({ log_prob[1], entropy[1] }, { 0, 0 })
  for seed = 1, 20 do
    local actions = policy:act(x, lure_test.rng(seed), { mask = mask })
    luaunit.assertEquals(actions[1], 3)
    luaunit.assertTrue(actions[2] <= 2)
  end
  refused("row 1 of 2: action 1 is masked", policy.evaluate, policy, x, lure.tensor { 1, 2 }, { mask = mask })
  refused("row 2 of 2: the mask leaves no legal action", policy.act, policy, x, lure_test.rng(1),
    { mask = lure.tensor { { 1, 0, 0, 0 }, { 0, 0, 0, 0 } } })
  refused("mask is of shape (2); expected (2, 4)", policy.act, policy, x, lure_test.rng(1), { mask = lure.ones(2) })
end

function tests.test_a_gru_carries_its_state()
  local policy = lure.policy { { "gru", 4 }, "linear", "categorical", value = { { "gru", 2 }, "linear" }, inputs = 3,
                               actions = 2, precision = "double" }
  luaunit.assertEquals(policy.n_state, 6)
  local x = lure.normal({ 5, 2, 3 }, lure_test.rng(1))
  local starts = lure.zeros(5, 2)
  starts[3][1] = 1
  local outputs, value, last = policy:forward(x, { starts = starts })
  luaunit.assertEquals({ outputs:shape() }, { 5, 2, 2 })
  luaunit.assertEquals({ value:shape() }, { 5, 2 })
  local state = lure.zeros(2, 6)
  for step = 1, 5 do
    local actions, _, v, after = policy:act(x[step], lure_test.rng(step), { state = state, starts = starts[step] })
    luaunit.assertEquals(actions:shape(), 2)
    luaunit.assertEquals(v:to_table(), value[step]:to_table())
    state = after
  end
  luaunit.assertEquals(state:to_table(), last:to_table())
  refused("with a state", policy.gradient, policy, rows(4, 3), lure.ones(4))
end

function tests.test_copies_and_loading()
  local policy = mlp()
  local target, x = policy:copy(), rows(6, 3)
  luaunit.assertEquals(policy:kl(x, target), 0)
  policy.parameters["linear1.bias"] = 0.5
  luaunit.assertTrue(policy:kl(x, target) > 0)
  luaunit.assertAlmostEquals(policy:kl(x, target), policy:kl(x, (target:forward(x))), 1e-15)
  local before = target.parameters["linear1.bias"][1]
  target:load(policy, 0.25)
  luaunit.assertAlmostEquals(target.parameters["linear1.bias"][1], 0.75 * before + 0.125, 1e-15)
  target:load(policy)
  luaunit.assertEquals(policy:kl(x, target), 0)
  policy.parameters["linear1.weight"] = lure.zeros(3, 6)
  luaunit.assertEquals(policy.parameters["linear1.weight"]:sum(), 0)
  target:load(lure.zeros(policy.n_parameters))
  luaunit.assertEquals(target:values(x):sum(), 0)
  refused("not of the same shape", policy.load, policy, shack())
  refused("expected a tensor of shape", policy.load, policy, lure.zeros(3))
  refused("linear1.weight is of shape (3, 6); got (6, 3)", function() policy.parameters["linear1.weight"] = lure.zeros(6, 3) end)
end

function tests.test_heads()
  local multi = lure.policy { "linear", "multi_categorical", inputs = 1, actions = { 3, 2 }, precision = "double" }
  multi.parameters.weight, multi.parameters.bias = 0, 0
  local actions, log_prob = multi:act(rows(8, 1), lure_test.rng(1))
  luaunit.assertEquals({ actions:shape() }, { 8, 2 })
  luaunit.assertAlmostEquals(log_prob[1], -math.log(6), 1e-14)
  local _, entropy = multi:evaluate(rows(8, 1), actions)
  luaunit.assertAlmostEquals(entropy[1], math.log(6), 1e-14)
  luaunit.assertEquals(#multi:gradient(rows(8, 1), actions), 10)
  local same = lure.policy { "linear", { "multi_categorical", { 3, 2 } }, inputs = 1, actions = { 3, 2 } }
  luaunit.assertEquals(same.n_actions, 5)

  local gaussian = lure.policy { { "linear", weight = 0, bias = 0 }, "gaussian", inputs = 1, actions = 2, precision = "double" }
  log_prob, entropy = gaussian:evaluate(rows(1, 1), lure.zeros(1, 2))
  luaunit.assertAlmostEquals(log_prob[1], -2 * 0.918938533204673, 1e-14)
  luaunit.assertAlmostEquals(entropy[1], 2 * 1.418938533204673, 1e-14)
  luaunit.assertEquals(gaussian.parameters.log_std:to_table(), { 0, 0 })

  local squashed = lure.policy { { "linear", weight = 0, bias = { 9, -9 } }, { "squashed_gaussian", log_std = -3 }, inputs = 1,
                                 actions = { { low = -2, high = 2 }, { low = 0, high = 1 } } }
  actions = squashed:act(rows(30, 1, 1, "float32"), lure_test.rng(1))
  for i = 1, 30 do luaunit.assertTrue(actions[i][1] <= 2 and actions[i][1] > 1.9 and actions[i][2] >= 0) end
end

function tests.test_initialisation()
  local policy = lure.policy { { "linear", 8, init = "orthogonal", gain = 2 }, "relu", { "linear", init = "constant", value = 0.5 },
                               "categorical", inputs = 8, actions = 2, precision = "double" }
  local w = policy.parameters["linear1.weight"]
  local square = lure.matmul(w:transpose(), w)
  for i = 1, 8 do
    for j = 1, 8 do luaunit.assertAlmostEquals(square[i][j], i == j and 4 or 0, 1e-12) end
  end
  luaunit.assertEquals(policy.parameters["linear1.bias"]:sum(), 0)
  luaunit.assertEquals(policy.parameters["linear2.weight"]:sum(), 8)
  local embedded = lure.policy { { "embedding", 3, size = 5, column = 2 }, "linear", "categorical", inputs = 2, actions = 2 }
  luaunit.assertEquals({ embedded.parameters["embedding1.weight"]:shape() }, { 5, 3 })
  refused("input 2 is 5; expected a whole number from 0 to 4", embedded.forward, embedded, lure.tensor { { 0, 5 } })
end

-- The usual first values of PPO: whatever the policy sees, it begins near uniform.
function tests.test_a_small_gain_starts_near_uniform()
  local wide = { init = "orthogonal", gain = math.sqrt(2) }
  local function layer(units, how) return { "linear", units, init = how.init, gain = how.gain } end
  local policy = lure.policy { layer(64, wide), "tanh", layer(64, wide), "tanh", { "linear", init = "orthogonal", gain = 0.01 },
                               "categorical", inputs = 4, actions = 2 }
  local x = lure.uniform({ 200, 4 }, lure_test.rng(3), -0.05, 0.05, "float32") -- cartpole's starts
  local _, entropy = policy:evaluate(x, lure.full(200, 1))
  luaunit.assertTrue(entropy:min() >= 0.6931 and entropy:max() <= math.log(2) + 1e-6)
  for name in ("linear1 linear2 linear3"):gmatch("%S+") do
    luaunit.assertEquals(lure.abs(policy.parameters[name .. ".bias"]):sum(), 0)
  end
end

function tests.test_more_specifications_that_do_not_fit()
  local cases = {
    { { "linear", "gausian" }, "did you mean 'gaussian'?" },
    { { { "linear", init = "orthogonel" }, "categorical" }, "did you mean 'orthogonal'?" },
    { { { "linear", gain = 2 }, "categorical" }, 'policy[1] linear: gain belongs to init = "orthogonal"' },
    { { { "linear", init = "normal", bound = 2 }, "categorical" }, 'bound belongs to init = "uniform"' },
    { { "linear", "categorical", value = "linear" }, "policy.value: expected a list of layers, got string" },
    { { "linear", "categorical", value = {} }, "policy.value: expected at least one layer" },
    { { "linear", "categorical", trunk = { { "linear" } } }, "policy trunk: layer 1 (linear) needs its number of units" },
    { { "linear", "categorical", value = { { "liner" } } }, "did you mean 'linear'?" },
    { { "linear", "categorical", value = { { "linear", 2 } } }, "policy value: layer 1 (linear) has 2 units; the head needs 1" },
    { { "linear", "categorical", valeu = { "linear" } }, "did you mean 'value'?" },
    { { { "gru" }, "linear", "categorical" }, "policy: layer 1 (gru) needs its number of units" },
    { { { "gru", 3, train = { "weight" } }, "linear", "categorical" }, "Known: input_weight, state_weight" },
    { { "layer_norm", "linear", { "gaussian", log_std = 1, state_dependent = true } }, "log_std is there without state_dependent" },
    { { "linear", "multi_categorical" }, "expected the number of actions of each part" },
    { { "linear", { "multi_categorical", { 2, 2 } }, actions = { 2, 3 } }, "its list of sizes is not that of actions" },
    { { "linear", "categorical", actions = { 2, 3 } }, "a list of actions is for a multi_categorical head" },
    { { "linear", "categorical", actions = { low = 0, high = 1 } }, "actions with low and high are for a gaussian" },
    { { "linear", "gaussian", actions = { low = 1, high = 1 } }, "low must be below high" },
  }
  for _, case in ipairs(cases) do
    case[1].inputs, case[1].actions = 2, case[1].actions or 2
    refused(case[2], lure.policy, case[1])
  end
  local policy = mlp()
  refused("policy:evaluate: observations are of shape (2, 4); expected (rows, 3)", policy.evaluate, policy, rows(2, 4), lure.ones(2))
  refused("policy:evaluate: actions are of shape (3); expected (rows), with 1 number each", policy.evaluate, policy, rows(2, 3), lure.ones(3))
  refused("unknown 'masc'; did you mean 'mask'?", policy.evaluate, policy, rows(2, 3), lure.ones(2), { masc = 1 })
  refused("row 2 of 2: action 5 is none of the policy's, 1 to 4", policy.evaluate, policy, rows(2, 3), lure.tensor { 1, 5 })
  refused("the policy has no value", shack().values, shack(), rows(2, 1))
  refused("policy:act: rng: expected a random stream, lure.rng(seed), or deterministic = true", policy.act, policy, rows(2, 3))
end

-- KB, of all that counts for limits.memory_mb, beside the interpreter. 4,610 numbers are 18 KB: the policy has them once, Adam
-- five times, and a gradient is as large again.
function tests.test_a_policy_of_64_and_64_units_and_its_adam_are_small()
  local ok, made, acts, learns, learns_more = lure_test.eval([[
local function used() collectgarbage() collectgarbage() return collectgarbage("count") end
local spec = { { "linear", 64 }, "tanh", { "linear", 64 }, "tanh", "linear", "categorical", inputs = 4, actions = 2 }
local before = used()
local policy = lure.policy(spec)
local adam = lure.optimizer("adam", policy)
local made = used() - before
policy:act(lure.ones(1, 4), lure.rng(1))
local acts = used() - before
local function learn(n)
  for _ = 1, 3 do adam:step(policy, policy:gradient(lure.ones(n, 4), lure.full(n, 1)), 0.1) end
  return used() - before
end
return made, acts, learn(32), learn(64)]])
  luaunit.assertTrue(ok, made)
  luaunit.assertTrue(made > 6 * 18 and made < 120, made) -- less would mean that it is not counted
  luaunit.assertTrue(acts < 121, acts)
  luaunit.assertTrue(learns < 200, learns)
  luaunit.assertTrue(learns_more - learns < 32 * 2, learns_more) -- 2 KB a row
end

-- An update of one's own asks for no memory once it is warm, and leaves nothing behind.
function tests.test_updates_leave_nothing_behind()
  local policy = mlp()
  local optimizer, x = lure.optimizer("adam", policy), rows(16, 3)
  local actions, old = policy:act(x, lure_test.rng(1))
  local function update()
    local _, gradient = lure.differentiate(function()
      local log_prob, entropy, value = policy:evaluate(x, actions)
      return -lure.mean(lure.exp(log_prob - old)) - 0.01 * lure.mean(entropy) + lure.mean(value ^ 2)
    end, policy)
    optimizer:step(policy, gradient, 1e-3)
  end
  for _ = 1, 50 do update() end
  collectgarbage()
  collectgarbage()
  local before = collectgarbage("count")
  for _ = 1, 500 do update() end
  collectgarbage()
  collectgarbage()
  luaunit.assertTrue(collectgarbage("count") - before < 8)
end

return tests
