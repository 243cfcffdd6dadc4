-- Policies as scripts use them: their parameters, what they say and do, heads, first values, memory.
local luaunit = require("luaunit")
local policies = require("policies")

local tests = {}
local lure = lure_test.lure
local shack, mlp, rows = policies.shack, policies.mlp, policies.rows

local function refused(text, f, ...) luaunit.assertErrorMsgContains(text, f, ...) end

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

function tests.test_trunk_and_value_are_named()
  local policy = lure.policy { trunk = { { "linear", 6 }, "layer_norm", "tanh" }, "linear", "categorical",
                               value = { "linear" }, inputs = 3, actions = 2 }
  luaunit.assertEquals(policy.n_parameters, 4 * 6 + 12 + 14 + 7)
  local text = tostring(policy)
  for _, name in ipairs { "trunk.linear1.weight (3, 6)", "trunk.layer_norm1.gain (6)", "\n  weight (6, 2)", "value.bias (1)" } do
    luaunit.assertStrContains(text, name)
  end
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

-- A parameter's view outlives the policy's name.
function tests.test_a_view_keeps_its_policy_alive()
  local view = lure.policy({ { "linear", weight = { 1, 2, 3 } }, "bernoulli", inputs = 3, actions = 2 }).parameters.weight
  collectgarbage()
  collectgarbage()
  luaunit.assertEquals(view:sum(), 6)
end

function tests.test_all_numbers_side_by_side()
  local policy, parts = mlp(), {}
  for _, parameter in pairs(policy.parameters) do -- one of a single element is a number
    parts[#parts + 1] = type(parameter) == "number" and lure.tensor { parameter } or parameter:reshape(-1)
  end
  local numbers = policy:flat()
  luaunit.assertEquals(numbers:to_table(), lure.concat(parts):to_table())
  local other = mlp { seed = 4 }
  other:load(numbers)
  luaunit.assertEquals(other:flat():to_table(), numbers:to_table())
  numbers:fill(0)
  luaunit.assertEquals(policy:flat():to_table(), other:flat():to_table(), "it is a copy")
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

-- ---- what a policy says and does ----

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

function tests.test_nothing_to_see()
  local policy = lure.policy { "linear", "categorical", inputs = 0, actions = 3, precision = "double" }
  local sum = 0
  for _, p in ipairs(policy:probabilities {}) do sum = sum + p end
  luaunit.assertAlmostEquals(sum, 1, 1e-15)
  local observations = lure_test.tensor("float64", 2, 0, {})
  local gradient = policy:gradient(observations, lure_test.tensor("int32", 2, nil, { 1, 3 }))
  luaunit.assertAlmostEquals(gradient:sum(), 0, 1e-15)
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

-- ---- memory ----

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
