-- test_hostile.lua: what a script should not do with tensors, policies and optimizers. Each is an error that names function
-- and argument, what came and what was expected, and leaves everything as it was.
local luaunit = require("luaunit")

local tests = {}
local lure, differentiate = lure_test.lure, lure_test.differentiate

local function refused(text, f, ...) luaunit.assertErrorMsgContains(text, f, ...) end

local function network(precision)
  return lure.policy { { "linear", 3 }, "tanh", "linear", "categorical", inputs = 2, actions = 4, value = { "linear" },
                       precision = precision }
end

-- ---- shapes beyond all memory ----

function tests.test_shapes_beyond_memory()
  local huge = 1 << 62
  refused("zeros: a tensor of shape (4611686018427387904, 0, 4611686018427387904) is too large", function() lure.zeros(huge, 0, huge) end)
  refused("one_hot: a tensor of shape (1, 4611686018427387904) is too large", function() lure.one_hot({ 1 }, huge) end)
  refused("reshape: shape (4, 4611686018427387905) has more numbers than a tensor can have",
    function() lure.zeros(4):reshape(4, huge + 1) end)
  refused("expand: shape (4611686018427387904, 4611686018427387904) has more", function() lure.zeros(1):expand(huge, huge) end)
  luaunit.assertStrContains(tostring(lure.zeros(1):expand(1 << 59)), "(576460752303423488) [0, 0, 0, 0, ..., 0, 0, 0, 0]")
  local blind = lure.policy { "linear", "categorical", inputs = 0, actions = 4, value = { "linear" } }
  for _, rows in ipairs { 1 << 40, 1 << 60, 1 << 61 } do
    local x = lure.zeros(rows, 0, "float32")
    for _, name in ipairs { "forward", "values" } do luaunit.assertFalse((pcall(blind[name], blind, x))) end
    luaunit.assertFalse((pcall(blind.kl, blind, x, blind:copy())))
    luaunit.assertFalse((pcall(blind.act, blind, x, lure_test.rng(1))))
  end
end

function tests.test_a_step_as_large_as_an_integer()
  local t = lure.range(1, 5)
  luaunit.assertEquals(t:slice(1, 1, 5, math.maxinteger):to_table(), { 1 })
  luaunit.assertEquals(t:slice(1, 2, 5, math.maxinteger - 1):to_table(), { 2 })
  luaunit.assertEquals(t:slice(1, 2, 1, math.maxinteger):to_table(), {})
  refused("slice: from -9223372036854775802 to 5", function() t:slice(1, math.mininteger) end)
end

function tests.test_a_tensor_without_axes_has_no_last_one()
  local t = lure.zeros {}
  for _, name in ipairs { "sort", "softmax", "log_softmax", "cumulative_sum" } do
    refused(name .. ": a tensor of shape () has no axis", t[name], t)
  end
  refused("top_k: a tensor of shape () has no axis", t.top_k, t, 1)
  refused("gather: a tensor of shape () has no axis", t.gather, t, lure.zeros({}, "int32"))
end

-- ---- differentiate ----

function tests.test_a_policy_given_twice()
  local policy = network()
  local function f() return sum(policy.parameters["linear1.weight"]) end
  refused("differentiate: the same policy is given twice; once is enough", differentiate, f, policy, policy)
  refused("the same policy is given twice", differentiate, f, { a = policy }, { policy })
  local _, gradient = differentiate(function() return lure.sum(policy.parameters["linear1.weight"]) end, policy)
  luaunit.assertEquals(gradient:sum(), 6)
end

-- ---- policies ----

function tests.test_parameters_stay_finite()
  local single, double = network(), network("double")
  local before = single.parameters["linear1.weight"]:to_table()
  local w = single.parameters["linear1.weight"]
  local text = "a policy's parameter would become nan, which is no finite float32"
  refused("fill: " .. text, w.fill, w, 0 / 0)
  refused("t[i] = value: " .. text, function() w[1][2] = 0 / 0 end)
  refused("t[i] = value: a policy's parameter would become inf", function() w[1] = math.huge end)
  refused("copy_from: " .. text, w.copy_from, w, lure.tensor { { 1, 1, 1 }, { 1, 1, 0 / 0 } })
  refused("add_scaled: " .. text, w.add_scaled, w, lure.ones(3), 0 / 0)
  refused("policy.parameters: a policy's parameter would become 1e+300, which is no finite float32",
    function() single.parameters["linear1.weight"] = 1e300 end)
  refused("policy.parameters: a policy's parameter would become 1e+300",
    function() single.parameters["linear1.weight"] = lure.full({ 2, 3 }, 1e300) end)
  refused("policy:load: a policy's parameter would become 1e+300", single.load, single, lure.full(single.n_parameters, 1e300))
  luaunit.assertEquals(w:to_table(), before)
  double.parameters["linear1.weight"] = 1e300
  luaunit.assertEquals(double.parameters["linear1.weight"][1][1], 1e300)
  w[1][2] = 5
  luaunit.assertEquals(single.parameters["linear1.weight"][1][2], 5)
end

-- as many numbers, but others
function tests.test_options_of_another_shape()
  local policy, x = network(), lure.ones(2, 2, "float32")
  refused("policy:act: mask is of shape (4, 2); expected (2, 4)", policy.act, policy, x, lure_test.rng(1), { mask = lure.ones(4, 2) })
  refused("policy:act: mask: number 3 is nan", policy.act, policy, x, lure_test.rng(1),
    { mask = lure.tensor { { 1, 0, 0 / 0, 1 }, { 1, 1, 1, 1 } } })
  local gru = lure.policy { { "gru", 3 }, "linear", "categorical", inputs = 2, actions = 2 }
  local steps = lure.ones(4, 2, 2, "float32")
  refused("policy:forward: state is of shape (3, 2); expected (2, 3)", gru.forward, gru, steps, { state = lure.zeros(3, 2) })
  refused("policy:forward: state: number 1 is nan", gru.forward, gru, steps, { state = lure.full({ 2, 3 }, 0 / 0) })
  refused("policy:forward: starts is of shape (2, 4); expected (4, 2)", gru.forward, gru, steps, { starts = lure.zeros(2, 4) })
  refused("policy:forward: starts: number 1 is nan", gru.forward, gru, steps, { starts = lure.full({ 4, 2 }, 0 / 0) })
  refused("policy:forward: state: no gradient goes there; give it stop_gradient(...)", differentiate,
    function(s) return (gru:forward(steps, { state = s })) end, lure.zeros(2, 3))
  for _ = 1, 20 do -- the same word each time
    refused("policy:forward: unknown 'mas'; did you mean 'mask'?", gru.forward, gru, steps, { stat = 1, mas = 2, xyz = 3, star = 4 })
  end
end

function tests.test_deviations_beyond_numbers()
  local x = lure.ones(1, 1, "float32")
  for log_std, text in pairs { [1000] = "log_std 1 of 1 is 1000; its exponential must be a finite number above 0",
                               [-1000] = "log_std 1 of 1 is -1000; its exponential", [100] = "inf; it must be finite" } do
    local policy = lure.policy { "linear", { "gaussian", log_std = log_std }, inputs = 1, actions = { low = -1, high = 1 } }
    local ok, message = pcall(policy.act, policy, x, lure_test.rng(1))
    luaunit.assertFalse(ok)
    luaunit.assertStrContains(message, "policy:act: row 1 of 1: ")
    luaunit.assertStrContains(message, text)
  end
end

function tests.test_errors_name_the_function()
  local policy, x = network(), lure.ones(1, 2, "float32")
  for _, name in ipairs { "evaluate", "gradient" } do
    refused("policy:" .. name .. ": row 1 of 1: action", policy[name], policy, x, lure.tensor { 5 })
  end
  refused("policy:values: row 1 of 1: observation 2 of 2 is nan", policy.values, policy, lure.tensor { { 1, 0 / 0 } })
  refused("advantages: argument 1: expected a tensor, got number", function() lure.advantages(1, 2, 3, {}) end)
end

-- ---- optimizers ----

function tests.test_states_of_nobody()
  local policy = network()
  local o = lure.optimizer("adam", policy)
  local function state(name, i, x)
    local s = o:state()
    s[name][i] = x
    return s
  end
  refused("optimizer:load: second_moment: number 3 is -1.0; expected a finite number >= 0", o.load, o, state("second_moment", 3, -1))
  refused("optimizer:load: first_moment: number 2 is nan; expected a finite number", o.load, o, state("first_moment", 2, 0 / 0))
  o:load(state("first_moment", 2, -1))
  local s = o:state()
  s.steps = math.maxinteger
  refused("optimizer:load: steps: expected a whole number from 0 to 9007199254740992, got 9223372036854775807", o.load, o, s)
end

return tests
