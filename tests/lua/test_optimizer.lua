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

function tests.test_text()
  local policy = three()
  local o = lure.optimizer("adam", policy)
  luaunit.assertEquals(tostring(o), "adam (0 steps taken)")
  o:step(policy, lure.tensor { 1, 1, 1, 1 }, 0.1)
  luaunit.assertEquals(tostring(o), "adam (1 steps taken)")
  luaunit.assertEquals(tostring(lure.optimizer(nil, policy)), "sgd (0 steps taken)")
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
  luaunit.assertEquals(tostring(o), "sgd (0 steps taken)")
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
  refused("got float32 of shape (4)", o.step, o, policy, lure_test.tensor("float32", 4, nil, { 1, 1, 1, 1 }), 1)
  refused("expected a tensor, got table", o.step, o, policy, { 1, 2, 3, 4 }, 1)
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
  for _, case in ipairs(cases) do refused(case[2], lure.optimizer, case[1], policy) end
  refused("expected a policy, got", lure.optimizer, "sgd")
end

return tests
