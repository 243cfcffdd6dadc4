-- Optimizers as scripts use them, against the formulas written out in Lua.
local luaunit = require("luaunit")

local tests = {}
local lure = lure_test.lure

local function refused(text, f, ...) luaunit.assertErrorMsgContains(text, f, ...) end

local function three() -- parameters 1, 2, 3 and a bias that is not trained
  return lure.policy { { "linear", weight = { 1, 2, 3 }, bias = 9, train = { "weight" } }, "bernoulli",
                       inputs = 3, actions = 2, precision = "double" }
end

local function steps(optimizer, gradients, rate)
  local policy = three()
  local o = lure.optimizer(optimizer, policy)
  for _, g in ipairs(gradients) do o:step(policy, lure.tensor(g), rate) end
  luaunit.assertEquals(policy.parameters.bias, 9)
  local found = {}
  for i = 1, 3 do found[i] = policy.parameters.weight[i][1] end
  return found
end

local function assert_close(got, expected, margin)
  for i = 1, #expected do luaunit.assertAlmostEquals(got[i], expected[i], margin or 1e-15) end
end

local GRADIENTS = { { 1, -2, 0.5, 7 }, { 0, 1, -1, 7 }, { 3, 3, 3, 7 }, { -1, 0.25, 8, 7 } }

function tests.test_sgd()
  luaunit.assertEquals(steps("sgd", { { 1, -2, 0.5, 7 } }, 0.5), { 0.5, 3, 2.75 })
  luaunit.assertEquals(steps({ "sgd" }, { { 1, -2, 0.5, 7 } }, 0), { 1, 2, 3 })
  luaunit.assertEquals(steps(nil, { { 1, -2, 0.5, 7 } }, 1), { 0, 4, 2.5 })
end

-- velocity = momentum * velocity + gradient; Nesterov looks one step ahead.
function tests.test_momentum()
  for _, nesterov in ipairs { false, true } do
    local expected, velocity = { 1, 2, 3 }, { 0, 0, 0 }
    for _, g in ipairs(GRADIENTS) do
      for i = 1, 3 do
        velocity[i] = 0.9 * velocity[i] + g[i]
        expected[i] = expected[i] - 0.1 * (nesterov and g[i] + 0.9 * velocity[i] or velocity[i])
      end
    end
    assert_close(steps({ "sgd", momentum = 0.9, nesterov = nesterov }, GRADIENTS, 0.1), expected, 1e-14)
  end
end

-- Kingma & Ba 2015, algorithm 1.
function tests.test_adam()
  local options = { "adam", beta1 = 0.8, beta2 = 0.95, epsilon = 1e-6 }
  local expected, m, v = { 1, 2, 3 }, { 0, 0, 0 }, { 0, 0, 0 }
  for t, g in ipairs(GRADIENTS) do
    for i = 1, 3 do
      m[i] = 0.8 * m[i] + 0.2 * g[i]
      v[i] = 0.95 * v[i] + 0.05 * g[i] ^ 2
      local m_hat, v_hat = m[i] / (1 - 0.8 ^ t), v[i] / (1 - 0.95 ^ t)
      expected[i] = expected[i] - 0.01 * m_hat / (math.sqrt(v_hat) + 1e-6)
    end
  end
  assert_close(steps(options, GRADIENTS, 0.01), expected, 1e-14)
  assert_close(steps("adam", { { 1, -2, 0.5, 7 } }, 0.01), { 0.99, 2.01, 2.99 }, 1e-9) -- the first step is the rate
end

-- A gradient of norm 5, made shorter when it is longer than allowed and never longer.
function tests.test_clip_norm()
  assert_close(steps({ "sgd", clip_norm = 1 }, { { 3, 4, 0, 0 } }, 1), { 0.4, 1.2, 3 })
  assert_close(steps({ "sgd", clip_norm = 5 }, { { 3, 4, 0, 0 } }, 1), { -2, -2, 3 })
  assert_close(steps({ "sgd", clip_norm = 100 }, { { 3, 4, 0, 0 } }, 1), { -2, -2, 3 })
end

-- One norm over all parameters together, those of the value with the others; what is fixed has no part in it.
function tests.test_clip_norm_is_over_policy_and_value()
  local policy = lure.policy { { "linear", weight = 0, train = { "weight" } }, "bernoulli", value = { { "linear", train = { "weight" } } },
                               inputs = 1, actions = 2, precision = "double" }
  policy.parameters["value.weight"] = 0
  local p = policy.parameters
  local _, given = lure_test.differentiate(function() return 3 * p.weight + 4 * p["value.weight"] + 100 * p.bias end, policy)
  lure.optimizer({ "sgd", clip_norm = 0.5 }, policy):step(policy, given, 1)
  luaunit.assertAlmostEquals(p.weight, -0.3, 1e-6)
  luaunit.assertAlmostEquals(p["value.weight"], -0.4, 1e-6)
end

-- What a script has added up by itself is in doubles.
function tests.test_a_gradient_of_the_other_type()
  for _, precision in ipairs { "single", "double" } do
    local other = precision == "single" and "float64" or "float32"
    local function make() return lure.policy { "linear", "bernoulli", inputs = 2, actions = 2, precision = precision } end
    local a, b = make(), make()
    local _, gradient = lure_test.differentiate(function() return lure.mean(a:forward(lure.ones(1, 2))) end, a)
    local copy = gradient:to(other)
    lure.optimizer("adam", a):step(a, gradient, 0.1)
    lure.optimizer("adam", b):step(b, copy, 0.1)
    luaunit.assertEquals(b.parameters.weight:to_table(), a.parameters.weight:to_table())
  end
  local single = lure.policy { "linear", "bernoulli", inputs = 2, actions = 2 }
  local o = lure.optimizer("sgd", single)
  refused("the gradient of weight is inf at number 1 of 2", o.step, o, single, lure.full(3, 1e300), 1)
  refused("expected a float32 tensor of 3 numbers, got int32", o.step, o, single, lure.ones({ 3 }, "int32"), 1)
end

function tests.test_text()
  local policy = three()
  local o = lure.optimizer("adam", policy)
  luaunit.assertEquals(tostring(o), "adam (0 steps taken)")
  o:step(policy, lure.tensor { 1, 1, 1, 1 }, 0.1)
  luaunit.assertEquals(tostring(o), "adam (1 steps taken)")
  luaunit.assertEquals(tostring(lure.optimizer(nil, policy)), "sgd (0 steps taken)")
  luaunit.assertEquals(tostring(lure.optimizer({ "adamw", amsgrad = true, epsilon = 1e-5, clip_norm = 0.5 }, policy)),
    "adamw, amsgrad, epsilon = 1e-05, clip_norm = 0.5 (0 steps taken)")
  luaunit.assertEquals(tostring(lure.optimizer({ "sgd", groups = { weight = { rate = 2, clip_value = 1 } } }, policy)),
    "sgd; weight: rate = 2, clip_value = 1 (0 steps taken)")
end

function tests.test_bad_rates()
  local policy = three()
  local o, g = lure.optimizer("sgd", policy), lure.tensor { 1, 1, 1, 1 }
  for _, rate in ipairs { -0.1, -math.huge, math.huge, 0 / 0 } do
    refused("expected a finite number >= 0", o.step, o, policy, g, rate)
  end
  refused("gave nil; expected a finite number", o.step, o, policy, g, nil)
  refused("gave table", o.step, o, policy, g, {})
  refused("gave string", o.step, o, policy, g, "fast")
  luaunit.assertEquals(policy.parameters.weight[1][1], 1) -- nothing has moved
end

-- A step that would leave the numbers: refused, and all is as before.
function tests.test_a_step_that_would_not_be_finite()
  local policy = three()
  local o = lure.optimizer({ "sgd", momentum = 0.9 }, policy)
  for _, bad in ipairs { { 1, 0 / 0, 1, 0 }, { 1, math.huge, 1, 0 } } do
    refused("gradient", o.step, o, policy, lure.tensor(bad), 1)
  end
  refused("leaves the range of float64", o.step, o, policy, lure.tensor { 1e150, 1, 1, 0 }, 1e300)
  refused("its norm overflows", o.step, o, policy, lure.tensor { 1e300, 1, 1, 0 }, 1) -- squared it is beyond all numbers
  luaunit.assertEquals(policy.parameters.weight:to_table(), { { 1 }, { 2 }, { 3 } })
  luaunit.assertEquals(o.steps, 0)
end

-- What nothing would look at.
function tests.test_options_that_are_none()
  local policy = three()
  refused("a value without a name, [2] = 0.5; write beta1 = value", lure.optimizer, { "adam", 0.5 }, policy)
  refused("optimizer sgd: a value without a name, [2] = 0.9", lure.optimizer, { "sgd", 0.9 }, policy)
  refused("optimizer sgd: a value without a name, [true] = 1", lure.optimizer, { "sgd", [true] = 1 }, policy)
  refused("did you mean 'momentum'?", lure.optimizer, { "sgd", momemtum = 0.9 }, policy)
end

function tests.test_a_gradient_that_does_not_fit()
  local policy = three()
  local o = lure.optimizer("sgd", policy)
  refused("gradient: expected a float64 tensor of 4 numbers, got float64 of shape (3)", o.step, o, policy,
    lure.tensor { 1, 2, 3 }, 1)
  refused("got float32 of shape (3)", o.step, o, policy, lure_test.tensor("float32", 3, nil, { 1, 1, 1 }), 1)
  refused("optimizer:step: gradient: expected a float64 tensor of 4 numbers, got table", o.step, o, policy, { 1, 2, 3, 4 }, 1)
  refused("expected a policy, got tensor", o.step, o, lure.tensor { 1 }, lure.tensor { 1 }, 1)
  refused("expected an optimizer, got policy", o.step, policy, policy, lure.tensor { 1 }, 1)
end

-- An optimizer's moments fit the policy it was made for, and no larger or smaller one.
function tests.test_another_policy()
  local large = lure.policy { "linear", "categorical", inputs = 50, actions = 4, precision = "double" }
  local small = lure.policy { "linear", "bernoulli", inputs = 1, actions = 2 }
  local message = "made for a policy of 4 float64 parameters, got one of 204 float64"
  local ones = {}
  for i = 1, 204 do ones[i] = 1 end
  local o = lure.optimizer({ "sgd", momentum = 0.9 }, three())
  refused(message, o.step, o, large, lure_test.tensor("float64", 204, nil, ones), 1)
  o = lure.optimizer("adam", large)
  refused("got one of 2 float32", o.step, o, small, lure_test.tensor("float32", 2, nil, { 1, 1 }), 1)
end

function tests.test_specifications_that_do_not_fit()
  local policy = three()
  local cases = {
    { "adan", "did you mean 'adam'?" },
    { 5, 'expected "sgd", "adam"' },
    { {}, 'expected "sgd", "adam"' },
    { { "sgd", momentun = 0.9 }, "did you mean 'momentum'?" },
    { { "sgd", beta1 = 0.9 }, "unknown 'beta1'" },
    { { "sgd", momentum = 1 }, "momentum" },
    { { "sgd", momentum = -0.1 }, "momentum" },
    { { "sgd", momentum = "much" }, "expected a number, got string" },
    { { "sgd", nesterov = true }, "nesterov" },
    { { "sgd", nesterov = 1 }, "expected true or false" },
    { { "sgd", clip_norm = -1 }, "clip_norm" },
    { { "adam", beta1 = 1 }, "beta1" },
    { { "adam", beta2 = 1.5 }, "beta2" },
    { { "adam", epsilon = 0 }, "epsilon" },
    { { "adam", epsilon = 0 / 0 }, "epsilon" },
  }
  for _, case in ipairs {
    { { "rmsprop", alpha = 1 }, "alpha is 1" },
    { { "rmsprop", centred = true }, "did you mean 'centered'?" },
    { { "rmsprop", beta1 = 0.9 }, "Known: momentum, alpha, centered, epsilon, weight_decay, clip_norm, clip_value, groups" },
    { { "adagrad", initial_accumulator = -1 }, "initial_accumulator is -1" },
    { { "adamw", amsgrad = 1 }, "amsgrad: expected true or false, got number" },
    { { "adam", weight_decay = -1 }, "weight_decay is -1" },
    { { "adam", clip_value = -1 }, "clip_value is -1" },
    { { "adam", groups = 1 }, "expected { [\"parameter or layer\"] = { rate = 0.1, ... } }, got number" },
    { { "adam", groups = { weight = 0.1 } }, "got [weight] = number" },
    { { "adam", groups = { { rate = 1 } } }, "got [1] = table" },
    { { "adam", groups = { weight = { rat = 1 } } }, "optimizer groups 'weight': unknown 'rat'; did you mean 'rate'?" },
    { { "adam", groups = { weight = { rate = "1" } } }, "rate: expected a number, got string" },
    { { "adam", groups = { weight = { weight_decay = -1 } } }, "weight_decay is -1.0; expected 0 or more" },
    { { "adam", groups = { weight = { rate = 0 / 0 } } }, "expected 0 or more, finite" },
    { { "adam", groups = { weigth = { rate = 1 } } }, "unknown 'weigth'; did you mean 'weight'? Known: weight, bias" },
  } do cases[#cases + 1] = case end
  for _, case in ipairs(cases) do refused(case[2], lure.optimizer, case[1], policy) end
  refused("expected a policy, got", lure.optimizer, "sgd")
end

-- rmsprop, adagrad and adamw, from the formulas.
function tests.test_other_rules()
  local expected = { rmsprop = { 1, 2, 3 }, adagrad = { 1, 2, 3 }, adamw = { 1, 2, 3 } }
  local square, sum, m, v = { 0, 0, 0 }, { 0.5, 0.5, 0.5 }, { 0, 0, 0 }, { 0, 0, 0 }
  for t, g in ipairs(GRADIENTS) do
    for i = 1, 3 do
      local p = expected.rmsprop
      local decayed = g[i] + 0.1 * p[i]
      square[i] = 0.9 * square[i] + 0.1 * decayed ^ 2
      p[i] = p[i] - 0.01 * decayed / (math.sqrt(square[i]) + 1e-4)
      p = expected.adagrad
      sum[i] = sum[i] + g[i] ^ 2
      p[i] = p[i] - 0.01 * g[i] / (math.sqrt(sum[i]) + 1e-4)
      p = expected.adamw
      m[i], v[i] = 0.9 * m[i] + 0.1 * g[i], 0.999 * v[i] + 0.001 * g[i] ^ 2
      p[i] = p[i] - 0.01 * 0.01 * p[i] - 0.01 * (m[i] / (1 - 0.9 ^ t)) / (math.sqrt(v[i] / (1 - 0.999 ^ t)) + 1e-8)
    end
  end
  assert_close(steps({ "rmsprop", alpha = 0.9, epsilon = 1e-4, weight_decay = 0.1 }, GRADIENTS, 0.01), expected.rmsprop, 1e-14)
  assert_close(steps({ "adagrad", initial_accumulator = 0.5, epsilon = 1e-4 }, GRADIENTS, 0.01), expected.adagrad, 1e-14)
  assert_close(steps("adamw", GRADIENTS, 0.01), expected.adamw, 1e-13)
end

function tests.test_clip_value()
  assert_close(steps({ "sgd", clip_value = 1 }, { { 3, -4, 0.5, 0 } }, 1), { 0, 3, 2.5 })
  -- the norm first: (3, 4) becomes (0.3, 0.4)
  assert_close(steps({ "sgd", clip_norm = 0.5, clip_value = 0.35 }, { { 3, 4, 0, 0 } }, 1), { 0.7, 1.65, 3 }, 1e-15)
end

local function deep() -- parameters 1 to 6 in linear1, 7 and 8 in "value"
  return lure.policy { { "linear", 2, weight = { { 1, 2 }, { 3, 4 } }, bias = { 5, 6 } },
                       { "linear", weight = { 7, 8 }, bias = 9, name = "value" }, "bernoulli",
                       inputs = 2, actions = 2, precision = "double" }
end

function tests.test_groups()
  local policy = deep()
  local o = lure.optimizer({ "sgd", weight_decay = 0.5, groups = {
    linear1 = { rate = 2 }, ["linear1.weight"] = { weight_decay = 0 }, ["value.bias"] = { rate = 0 } } }, policy)
  local p, ones = policy.parameters, {}
  for i = 1, 9 do ones[i] = 1 end
  o:step(policy, lure.tensor(ones), 0.1)
  luaunit.assertAlmostEquals(p["linear1.weight"][1][1], 1 - 0.2, 1e-15) -- twice the rate, no decay
  luaunit.assertAlmostEquals(p["linear1.bias"][1], 5 - 0.2 * 3.5, 1e-15) -- twice the rate
  luaunit.assertAlmostEquals(p["value.weight"][1][1], 7 - 0.1 * 4.5, 1e-15) -- as the optimizer
  luaunit.assertEquals(p["value.bias"], 9)
  refused("unknown 'linear2'; did you mean 'linear1'? Known: linear1, linear1.weight, linear1.bias, value", lure.optimizer,
    { "sgd", groups = { linear2 = { rate = 1 } } }, policy)
end

-- A frozen parameter has a name like any other.
function tests.test_a_group_of_what_is_frozen()
  luaunit.assertStrContains(tostring(lure.optimizer({ "sgd", groups = { bias = { rate = 2 } } }, three())), "sgd (0")
end

function tests.test_fields()
  local policy = three()
  local o = lure.optimizer("rmsprop", policy)
  luaunit.assertEquals({ o.steps, o.kind }, { 0, "rmsprop" })
  o:step(policy, lure.tensor { 1, 1, 1, 1 }, 0.1)
  luaunit.assertEquals(o.steps, 1)
  refused("did you mean 'steps'?", function() return o.stepz end)
  refused("optimizer.steps cannot be set", function() o.steps = 3 end)
end

function tests.test_a_state_goes_on_with_the_same_bits()
  for _, options in ipairs { { "sgd" }, { "sgd", momentum = 0.9 }, { "adam", amsgrad = true }, { "adamw" }, { "adagrad" },
                             { "rmsprop", centered = true, momentum = 0.5 } } do
    local whole, half = three(), three()
    local o, first = lure.optimizer(options, whole), lure.optimizer(options, half)
    for i, g in ipairs(GRADIENTS) do
      o:step(whole, lure.tensor(g), 0.1)
      if i == 3 then
        local second = lure.optimizer(options, half)
        second:load(first:state())
        first = second
      end
      first:step(half, lure.tensor(g), 0.1)
    end
    luaunit.assertEquals(half.parameters.weight:to_table(), whole.parameters.weight:to_table())
    luaunit.assertEquals(first.steps, 4)
    local a, b = o:state(), first:state()
    for name, block in pairs(a) do
      if type(block) ~= "userdata" then luaunit.assertEquals(b[name], block)
      else luaunit.assertEquals(b[name]:to_table(), block:to_table()) end
    end
  end
end

function tests.test_a_state_is_a_copy()
  local policy = three()
  local o = lure.optimizer("adam", policy)
  local before = o:state()
  o:step(policy, lure.tensor { 1, 1, 1, 1 }, 0.1)
  luaunit.assertEquals(before.steps, 0)
  luaunit.assertEquals(before.first_moment:to_table(), { 0, 0, 0, 0 })
  luaunit.assertAlmostEquals(o:state().first_moment[1], 0.1, 1e-15)
end

function tests.test_states_that_do_not_fit()
  local o = lure.optimizer("adam", three())
  local function state(changes)
    local s = o:state()
    for key, value in pairs(changes) do s[key] = value end
    return s
  end
  refused("expected the state of an 'adam', got one of sgd", o.load, o, lure.optimizer("sgd", three()):state())
  refused("got one of nil", o.load, o, {})
  refused("steps: expected a whole number from 0 to 9007199254740992, got -1", o.load, o, state { steps = -1 })
  refused("steps: expected a whole number", o.load, o, state { steps = 0.5 })
  refused("first_moment: expected a float64 tensor of 4 numbers, got float64 of shape (1)", o.load, o,
    state { first_moment = lure.tensor { 1 } })
  refused("unknown 'max_second_moment'", o.load, o, lure.optimizer({ "adam", amsgrad = true }, three()):state())
  refused("max_second_moment is missing", lure.optimizer({ "adam", amsgrad = true }, three()).load,
    lure.optimizer({ "adam", amsgrad = true }, three()), o:state())
  refused("table expected", o.load, o, 3)
  luaunit.assertEquals(o:state().first_moment:to_table(), { 0, 0, 0, 0 })
end

return tests
