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

-- ---- what a script writes by mistake ----

-- The message of a line of a script, without its place; nil when there was no error.
local function message_of(line)
  local ok, message = lure_test.eval([[
local p = {}
local function make(spec, inputs, actions) spec.inputs, spec.actions = inputs or 2, actions or 3 return lure.policy(spec) end
p.spec = { "linear", "categorical", value = { "linear" } }
local policy = make(p.spec)
local gaussian = make({ "linear", "gaussian" }, 2, { low = -1, high = 1 })
local parts = make({ "linear", "multi_categorical" }, 2, { 2, 3 })
local adam, rng, nan = lure.optimizer("adam", policy), lure.rng(1), 0 / 0
local x, a, w = lure.ones(4, 2), lure.tensor({ 1, 2, 3, 1 }, "int32"), lure.ones(4)
local g = lure.ones(policy.n_parameters, "float32")
]] .. line)
  if ok then return nil end
  return (message:gsub(" %(algorithm.*", ""):gsub("^text:10: ", "here: "))
end

function tests.test_mistakes_are_named()
  local mistakes = {
    -- names
    ["return policy.evalute"] = "the policy has no 'evalute'; did you mean 'evaluate'?",
    ["policy:evalute(x, a)"] = "the policy has no 'evalute'; did you mean 'evaluate'?",
    ["return policy[1]"] = "the policy has no '1'. It has: act, copy, evaluate",
    ["policy.evaluate = 1"] = "policy.evaluate cannot be set; a parameter can",
    ["return adam.stpes"] = "optimizer field: unknown 'stpes'; did you mean 'steps'?",
    ["return rng.unifrom"] = "the rng has no 'unifrom'; did you mean 'uniform'?",
    ["return lure.normaliser({ size = 1 }).upate"] = "the normaliser has no 'upate'",
    ["return lure.tenser"] = "lure has no 'tenser'; did you mean 'tensor'?",
    -- parameters
    ["policy.parameters.weight = '5'"] = "policy.parameters: weight: expected a number or a tensor of shape (2, 3), got string",
    ["policy.parameters.weight = nil"] = "policy.parameters: weight: expected a number or a tensor of shape (2, 3), got nil",
    ["policy.parameters.weight = { 1, 2 }"] = "policy.parameters: weight: expected a number or a tensor of shape (2, 3), got table",
    ["policy.parameters.weight = lure.ones(3, 2)"] = "policy.parameters: weight is of shape (2, 3); got (3, 2)",
    ["return policy.parameters[nan]"] = "the policy has no parameter 'nan'; it has weight, bias, value.weight, value.bias",
    ["return policy.parameters.weight[-1]"] = "index -1 is outside the tensor: it has elements 1 to 2",
    ["return differentiate(function() return mean(policy.parameters.weight) end, policy.parameters)"] =
      "differentiate: target 1 is policy.parameters; give the policy itself",
    ["return differentiate(function() return 1 end, {})"] = "differentiate: target 1 is an empty table; expected tensors in it",
    ["return differentiate(function() return 1 end, { a = {} })"] = "differentiate: target 1 at a is an empty table",
    -- optimizers
    ["adam:step(policy)"] = "optimizer:step: gradient: expected a float32 tensor of 12 numbers, got no value",
    ["adam:step(policy, 5, 1)"] = "optimizer:step: gradient: expected a float32 tensor of 12 numbers, got number",
    ["adam:step(policy, x, 1)"] = "optimizer:step: gradient: expected a float32 tensor of 12 numbers, got float64 of shape (4, 2)",
    ["adam:step(g, policy, 1)"] = "step: argument 1: expected a policy, got tensor",
    ["adam.step(policy, g, 1)"] = "step: argument 1: expected an optimizer, got policy (is it called with ':'?)",
    ["adam:step(policy, g, '0.1')"] = "the learning rate gave string; expected a finite number >= 0",
    ["adam:step(policy, g, nan)"] = "the learning rate gave nan; expected a finite number >= 0",
    ["adam:step(policy, g)"] = "the learning rate gave no value; expected a finite number >= 0",
    ["adam:load { kind = 'adam', steps = 1, first_moment = 3, second_moment = g }"] =
      "optimizer:load: first_moment: expected a float32 tensor of 12 numbers, got number",
    ["lure.optimizer({ 'adam', lr = 1 }, policy)"] = "optimizer adam: unknown 'lr': the rate is an argument of optimizer:step",
    ["lure.optimizer({ 'adam', eps = 1e-5 }, policy)"] = "optimizer adam: unknown 'eps': it is epsilon",
    -- policies
    ["lure.policy { 'linear', 'categorical', inputs = 2.5, actions = 3 }"] = "lure.policy: inputs: expected a whole number >= 0, got 2.5",
    ["lure.policy { 'linear', 'categorical', inputs = '2', actions = 3 }"] = "lure.policy: inputs: expected a whole number >= 0, got 2",
    ["lure.policy { 'linear', 'categorical', inputs = 2 }"] =
      "lure.policy: actions: expected a whole number >= 1, a list of such, or { low = number, high = number }, got nil",
    ["p.spec.inputs, p.spec.actions, p.spec.seed = 2, 3, 0.5 lure.policy(p.spec)"] = "lure.policy: seed: expected a whole number, got 0.5",
    ["p.spec.inputs, p.spec.actions, p.spec.seed = 2, 3, 'x' lure.policy(p.spec)"] = "lure.policy: seed: expected a whole number, got x",
    ["policy:act(x)"] = "policy:act: rng: expected a random stream, lure.rng(seed), or deterministic = true in the options; got nil",
    ["policy:act(x, lure)"] = "policy:act: rng: expected a random stream, lure.rng(seed), or deterministic = true in the options; got table",
    ["policy:kl(lure.ones(0, 2), policy)"] = "policy:kl: there are no rows, and of none there is no mean",
    ["policy:probabilities { 1, nan }"] = "policy:probabilities: number 2 is nan; expected a finite number",
    ["policy:probabilities { 1, '2' }"] = "policy:probabilities: number 2 is 2; expected a finite number",
    ["policy:load(policy, 2)"] = "policy:load: rate: expected a number from 0 to 1, got 2",
    ["policy:load(policy, '0.5')"] = "policy:load: rate: expected a number from 0 to 1, got 0.5",
    ["policy:gradient(lure.ones(0, 2), lure.zeros({ 0 }, 'int32'))"] = "policy:gradient: policy gradient of an empty batch",
    ["policy:act(x, rng, { mask = lure.zeros(4, 3) })"] = "policy:act: row 1 of 4: the mask leaves no legal action",
    ["parts:evaluate(x, lure.full({ 4, 2 }, 3))"] = "policy:evaluate: row 1 of 4: action part 1: 3 is none of the policy's, 1 to 2",
    ["gaussian:evaluate(x, lure.zeros(4, 1), { mask = lure.zeros(4, 1) })"] = "policy:evaluate: a gaussian head has no actions to mask",
    -- tensors
    ["return x > 0"] = "tensors are not compared by < <= > >=, which give one true or false; less(a, b), greater(a, b)",
    ["return math.max(x, 0)"] = "tensors are not compared by < <= > >=",
    ["return x[{ 1, 2 }]"] = "the index is a table; expected a whole number (take(t, indices) picks rows",
    ["return x[a]"] = "the index is a tensor; expected a whole number",
    ["return x:size(3)"] = "size: axis 3 of a tensor of shape (4, 2): it has axes 1 to 2",
    ["lure.advantages(w, w, w, { discount = 1, lambda = 1 })"] =
      'lure.advantages: ends: expected an int32 tensor of shape (4) like rewards, got float64 of shape (4); t:to("int32") makes one',
    -- the rest
    ["lure.clipped_surrogate()"] = "clipped_surrogate: log_prob: expected a tensor, got nil",
    ["lure.clipped_surrogate(w, 5, w, 0.2)"] = "clipped_surrogate: old_log_prob: expected a tensor, got number",
    ["lure.reward_scaler({}):scale(w, w)"] = "scaler:scale: ends: expected an int32 tensor of shape (4) like rewards, got float64 of shape (4)",
    ["lure.normaliser({ size = 2 }):update(5)"] = "update: argument 1: expected a tensor, got number",
    ["lure.tensor({ 1, 1.5 }, 'int32')"] = "lure.tensor: element 2 is 1.5; expected a whole number, as the type is int32",
    ["lure.tensor({ nan }, 'int32')"] = "lure.tensor: element 1 is nan; expected a whole number",
    ["lure.discounted_returns(w, lure.zeros(4, 'int32'), 5)"] = "bad argument #3 to 'discounted_returns' (expected a discount from 0 to 1, got 5)",
    ["rng:normal(0, -1)"] = "bad argument #2 to 'normal' (expected a standard deviation >= 0, got -1)",
  }
  for line, expected in pairs(mistakes) do
    local message = message_of(line)
    luaunit.assertNotNil(message, line)
    luaunit.assertEquals(message:sub(1, 6 + #expected), "here: " .. expected, line)
  end
end

-- What is at the edge, and right.
function tests.test_edges_that_are_fine()
  local frozen = lure.policy { { "linear", train = {} }, "categorical", inputs = 4 / 2, actions = 6 / 2 }
  local before, adam = frozen.parameters.weight:to_table(), lure.optimizer("adam", frozen)
  local x, actions = lure.ones(4, 2), lure.tensor({ 1, 2, 3, 1 }, "int32")
  adam:step(frozen, (frozen:gradient(x, actions)), 1)
  local _, gradient = differentiate(function() return lure.mean((frozen:forward(x))) end, frozen)
  adam:step(frozen, gradient, 1)
  luaunit.assertEquals(frozen.parameters.weight:to_table(), before)
  luaunit.assertEquals(gradient:to_table(), lure.zeros(9):to_table())
  local policy = network()
  local log_prob, entropy, value = policy:evaluate(lure.ones(0, 2), lure.zeros({ 0 }, "int32"))
  luaunit.assertEquals({ #log_prob, #entropy, #value, #policy:act(lure.ones(0, 2), lure_test.rng(1)) }, { 0, 0, 0, 0 })
  luaunit.assertEquals({ policy:forward(lure.ones(0, 2)):shape() }, { 0, 4 })
end

-- Lua's ipairs would ask for an element behind the last.
function tests.test_ipairs_of_a_tensor()
  luaunit.assertEquals({ lure_test.eval([[
local sum, last, rows = 0, 0, {}
for i, x in ipairs(lure.tensor { 5, 6, 7 }) do sum, last = sum + x, i end
for i, row in ipairs(lure.tensor { { 1, 2 }, { 3, 4 } }) do rows[i] = row:sum() end
for _ in ipairs(lure.zeros(0)) do error("there is none") end
for i, x in ipairs { 1, 2 } do sum = sum + 100 * x end
local t = lure.zeros(4, 2)
return sum, last, rows, t:size(), t:size(1), t:size(-1)]]) }, { true, 318, 3, { 3, 7 }, 8, 4, 2 })
end

-- In the order of print(policy); a number where there is one, else a view.
function tests.test_pairs_of_parameters()
  local ok, names, sizes = lure_test.eval([[
local spec = { { "linear", 3 }, "tanh", "linear", "bernoulli", value = { "linear" } }
spec.inputs, spec.actions = 2, 2
local policy = lure.policy(spec)
local names, sizes = {}, {}
for name, value in pairs(policy.parameters) do
  names[#names + 1], sizes[#sizes + 1] = name, type(value) == "number" and 1 or value:size()
  if type(value) ~= "number" then value:fill(2) else policy.parameters[name] = 2 end
end
for _, value in pairs(policy.parameters) do assert(type(value) == "number" and value == 2 or value:mean() == 2) end
return table.concat(names, " "), table.concat(sizes, " ")]])
  luaunit.assertTrue(ok, names)
  luaunit.assertEquals(names, "linear1.weight linear1.bias linear2.weight linear2.bias value.weight value.bias")
  luaunit.assertEquals(sizes, "6 3 3 1 2 1")
end

function tests.test_a_loss_that_depends_on_nothing()
  local function eval(debug) return lure_test.eval(([[
lure.debug_gradients(%s)
local w = lure.tensor { 1, 2 }
return (differentiate(function(t) return t:to_table()[1] end, w))]]):format(debug)) end
  luaunit.assertEquals({ eval("false") }, { true, 1 })
  luaunit.assertStrContains(select(2, eval("true")), "text:3: differentiate: the loss depends on nothing that it is differentiated by")
end

return tests
