-- What policies refuse: specifications that do not fit, batches of another shape, tables that lie about their size.
local luaunit = require("luaunit")
local policies = require("policies")

local tests = {}
local lure = lure_test.lure
local shack, mlp, observations = policies.shack, policies.mlp, policies.rows

local function refused(text, f, ...) luaunit.assertErrorMsgContains(text, f, ...) end

-- ---- specifications ----

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
  refused("policy:evaluate: observations are of shape (2, 4); expected (rows, 3)", policy.evaluate, policy, observations(2, 4),
    lure.ones(2))
  refused("policy:evaluate: actions are of shape (3); expected (rows), with 1 number each", policy.evaluate, policy, observations(2, 3),
    lure.ones(3))
  refused("unknown 'masc'; did you mean 'mask'?", policy.evaluate, policy, observations(2, 3), lure.ones(2), { masc = 1 })
  refused("row 2 of 2: action 5 is none of the policy's, 1 to 4", policy.evaluate, policy, observations(2, 3), lure.tensor { 1, 5 })
  refused("the policy has no value", shack().values, shack(), observations(2, 1))
  refused("policy:act: rng: expected a random stream, lure.rng(seed), or deterministic = true", policy.act, policy,
    observations(2, 3))
end

-- ---- batches ----

function tests.test_probabilities_refuse()
  local policy = shack()
  refused("expected a list of 1 numbers, got 2", policy.probabilities, policy, { 1, 2 })
  refused("table expected", policy.probabilities, policy, 1)
  refused("policy:probabilities: number 1 is x; expected a finite number", policy.probabilities, policy, { "x" })
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

return tests
