-- lure.discounted_returns, lure.center, lure.normalize; advantages and targets of trajectories.
local luaunit = require("luaunit")

local tests = {}
local lure = lure_test.lure

local function floats(list, kind) return lure_test.tensor(kind or "float64", #list, nil, list) end
local function ends(list) return lure_test.tensor("int32", #list, nil, list) end
local function refused(text, f, ...) luaunit.assertErrorMsgContains(text, f, ...) end

local function returns(rewards, marks, discount, kind)
  return lure.discounted_returns(floats(rewards, kind), ends(marks), discount):to_table()
end

function tests.test_undiscounted_sums_to_the_end_of_the_episode()
  luaunit.assertEquals(returns({ 1, 2, 3, 10, 20 }, { 0, 0, 1, 0, 1 }, 1), { 6, 5, 3, 30, 20 })
end

function tests.test_discount()
  luaunit.assertEquals(returns({ 1, 1, 1, 8 }, { 0, 0, 0, 1 }, 0.5), { 2.75, 3.5, 5, 8 })
  luaunit.assertEquals(returns({ 1, 2, 3 }, { 0, 0, 1 }, 0), { 1, 2, 3 })
end

-- A time limit ends the sum like a goal does, and so does the end of what was collected.
function tests.test_truncation_and_an_open_end()
  luaunit.assertEquals(returns({ 1, 2, 4, 8 }, { 0, 2, 0, 0 }, 1), { 3, 2, 12, 8 })
end

function tests.test_every_step_an_episode()
  luaunit.assertEquals(returns({ 1, -1, 1 }, { 1, 1, 1 }, 0.9), { 1, -1, 1 })
end

function tests.test_single_precision_stays_single()
  local got = lure.discounted_returns(floats({ 0.1, 0.1 }, "float32"), ends { 0, 1 }, 1)
  luaunit.assertStrContains(tostring(got), "float32 (2)")
  luaunit.assertAlmostEquals(got[1], 0.2, 1e-7)
end

function tests.test_against_the_definition()
  local rng, rewards, marks, n = lure_test.rng(3), {}, {}, 200
  for i = 1, n do
    rewards[i] = rng:normal()
    marks[i] = rng:bernoulli(0.1) and rng:integer(1, 2) or 0
  end
  local got = returns(rewards, marks, 0.97)
  for i = 1, n do
    local sum, weight = 0, 1
    for j = i, n do
      sum, weight = sum + weight * rewards[j], weight * 0.97
      if marks[j] ~= 0 then break end
    end
    luaunit.assertAlmostEquals(got[i], sum, 1e-12)
  end
end

function tests.test_returns_refuse_what_does_not_fit()
  local two, marks = floats { 1, 2 }, ends { 0, 1 }
  refused("from 0 to 1", lure.discounted_returns, two, marks, 1.01)
  refused("from 0 to 1", lure.discounted_returns, two, marks, 0 / 0)
  refused("number expected, got no value", lure.discounted_returns, two, marks)
  refused("ends: expected an int32 tensor of 2 numbers, got int32 of shape (3)", lure.discounted_returns, two,
    ends { 0, 0, 1 }, 1)
  refused("got float64 of shape (2)", lure.discounted_returns, two, two, 1)
  refused("float tensor", lure.discounted_returns, marks, marks, 1)
  refused("expected a tensor, got table", lure.discounted_returns, { 1, 2 }, marks, 1)
end

function tests.test_anneal()
  for _, case in ipairs { { 1, 0.2, 0.5, 0.6 }, { 0, 8, 0.25, 2 }, { 1, 0.05, 1, 0.05 }, { 1, 0.05, 7, 0.05 }, { 3, 4, -1, 3 },
                          { 1, 0.05, 1 / 0, 0.05 } } do
    luaunit.assertEquals(lure.anneal(case[1], case[2], case[3]), case[4])
  end
  refused("from 0 to 1, got NaN", lure.anneal, 1, 0, 0 / 0)
  refused("number expected, got nil", lure.anneal, 1, nil, 0)
end

function tests.test_center()
  luaunit.assertEquals(lure.center(floats { 1, 2, 6 }):to_table(), { -2, -1, 3 })
  luaunit.assertEquals(lure.center(floats { 5 }):to_table(), { 0 })
end

function tests.test_normalize()
  local t = floats { 2, 4, 4, 4, 5, 5, 7, 9 }
  local got, deviation = lure.normalize(t), t:deviation()
  for i = 1, #t do luaunit.assertAlmostEquals(got[i], (t[i] - 5) / (deviation + 1e-8), 1e-12) end
  luaunit.assertEquals(lure.normalize(floats { 3, 3, 3 }):to_table(), { 0, 0, 0 }) -- nothing to divide by
  luaunit.assertEquals(lure.normalize(floats { 7 }):to_table(), { 0 })
  luaunit.assertEquals(t:to_table(), { 2, 4, 4, 4, 5, 5, 7, 9 })
end

function tests.test_center_and_normalize_refuse()
  for _, f in ipairs { lure.center, lure.normalize } do
    refused("float tensor", f, ends { 1 })
    refused("expected a tensor, got number", f, 1)
  end
end

function tests.test_version_is_text() luaunit.assertStrMatches(lure.version, "%d+%.%d+%.%d+.*") end

-- ---- trajectories ----

local R, V = { 1, 1, 1 }, { 0.5, 0.4, 0.3 }

local function assert_close(got, expected, margin)
  for i = 1, #expected do luaunit.assertAlmostEquals(got[i], expected[i], margin or 1e-12) end
end

function tests.test_advantages()
  local options = { discount = 0.99, lambda = 0.95, last_value = 0.2 }
  local a, g = lure.advantages(floats(R), floats(V), ends { 0, 0, 0 }, options)
  assert_close(a, { 2.5339456445, 1.741569, 0.898 })
  assert_close(g, { 3.0339456445, 2.141569, 1.198 })
  assert_close(lure.advantages(floats(R), floats(V), ends { 0, 1, 0 }, options), { 1.4603, 0.6, 0.898 })
  options.final_values = floats { 0 / 0, 0.7, 0 / 0 }
  assert_close(lure.advantages(floats(R), floats(V), ends { 0, 2, 0 }, options), { 2.1120665, 1.293, 0.898 })
  options.final_values = nil
  assert_close(lure.lambda_returns(floats(R), floats(V), ends { 0, 0, 0 }, options), { 3.0339456445, 2.141569, 1.198 })
end

-- Two environments are two columns: what one does is of no account to the other.
function tests.test_environments_are_columns()
  local function two(list, kind)
    return lure_test.tensor(kind or "float64", 3, 2, list)
  end
  local a, g = lure.advantages(two { 1, 1, 1, 1, 1, 1 }, two { 0.5, 0.5, 0.4, 0.4, 0.3, 0.3 }, two({ 0, 0, 0, 1, 0, 0 }, "int32"),
    { discount = 0.99, lambda = 0.95, last_value = lure.tensor { 0.2, 0.2 } })
  for i, row in ipairs { { 2.5339456445, 1.4603 }, { 1.741569, 0.6 }, { 0.898, 0.898 } } do assert_close(a[i], row) end
  luaunit.assertAlmostEquals(g[3][2], 1.198, 1e-12)
  luaunit.assertEquals(a:shape(), 3)
end

function tests.test_single_precision_trajectories()
  local function single(list) return floats(list, "float32") end
  local a = lure.advantages(single(R), single(V), ends { 0, 0, 0 }, { discount = 0.99, lambda = 0.95, last_value = 0.2 })
  luaunit.assertStrContains(tostring(a), "float32 (3)")
  assert_close(a, { 2.5339456445, 1.741569, 0.898 }, 1e-6)
  refused("values: expected a float32 tensor of shape (3) like rewards, got float64 of shape (3)", lure.advantages, single(R),
    floats(V), ends { 0, 0, 0 }, { discount = 0.99, lambda = 0.95, last_value = 0.2 })
end

function tests.test_n_steps()
  local function n_step(n) return lure.n_step_returns(floats(R), floats(V), ends { 0, 0, 0 },
    { n = n, discount = 0.5, last_value = 8 }) end
  assert_close(n_step(1), { 1.2, 1.15, 5 })
  assert_close(n_step(2), { 1.575, 3.5, 5 })
  assert_close(n_step(3), { 2.75, 3.5, 5 })
  assert_close(n_step(1e300), { 2.75, 3.5, 5 })
  assert_close(lure.bootstrapped_returns(floats(R), ends { 0, 0, 0 }, { discount = 0.5, last_value = 8 }), { 2.75, 3.5, 5 })
  assert_close(lure.bootstrapped_returns(floats(R), ends { 0, 2, 1 }, { discount = 0.5, final_values = floats { 0, 4, 0 } }),
    { 2.5, 3, 1 })
end

-- One step, twice as likely under the policy that learns.
function tests.test_v_trace()
  local function v_trace(log_ratio, options)
    options.discount = 0.9
    local targets, advantages = lure.v_trace(floats { 1 }, floats { 0.5 }, ends { 1 }, floats { log_ratio }, options)
    return { targets[1], advantages[1] }
  end
  assert_close(v_trace(math.log(2), {}), { 1, 0.5 })
  assert_close(v_trace(math.log(2), { rho_clip = math.huge, c_clip = math.huge }), { 1.5, 1 })
  assert_close(v_trace(math.log(0.5), {}), { 0.75, 0.25 })
end

-- A bootstrap that is left out would be a wrong value that nobody sees.
function tests.test_what_comes_after_must_be_told()
  local a, r, v = lure.advantages, floats(R), floats(V)
  local options = { discount = 0.9, lambda = 0.9 }
  refused("lure.advantages: step 3 is the last and its episode goes on; last_value must give", a, r, v, ends { 0, 0, 0 }, options)
  refused("step 2 was truncated; final_values must give", a, r, v, ends { 0, 2, 1 }, options)
  refused("step 1 has an end that is none", a, r, v, ends { 3, 0, 1 }, options)
  a(r, v, ends { 0, 1, 1 }, options) -- nothing comes after
end

function tests.test_trajectories_refuse_what_does_not_fit()
  local a, r, v, e = lure.advantages, floats(R), floats(V), ends { 0, 0, 1 }
  local good = { discount = 0.9, lambda = 0.9 }
  refused("values: expected a float64 tensor of shape (3) like rewards, got float64 of shape (2)", a, r, floats { 1, 2 }, e, good)
  refused("ends: expected an int32 tensor of shape (3) like rewards, got float64", a, r, v, v, good)
  refused("rewards: expected a float tensor", a, e, v, e, good)
  refused("table expected", a, r, v, e)
  refused("unknown 'lamda'; did you mean 'lambda'?", a, r, v, e, { discount = 0.9, lamda = 0.9 })
  refused("discount: expected a number, got nil", a, r, v, e, { lambda = 0.9 })
  refused("discount is 1.1; expected 0 to 1", a, r, v, e, { discount = 1.1, lambda = 0.9 })
  refused("lambda is -0.1", a, r, v, e, { discount = 0.9, lambda = -0.1 })
  refused("last_value: expected a tensor of 1 numbers or a number, got string", a, r, v, e, { discount = 1, lambda = 1, last_value = "x" })
  refused("last_value: expected a float64 tensor of 1 numbers", a, r, v, e, { discount = 1, lambda = 1, last_value = r })
  refused("final_values: expected a float64 tensor of shape (3)", a, r, v, e, { discount = 1, lambda = 1, final_values = floats { 1 } })
  refused("n is 0.5; expected a whole number", lure.n_step_returns, r, v, e, { discount = 1, n = 0.5 })
  refused("n: expected a number, got nil", lure.n_step_returns, r, v, e, { discount = 1 })
  refused("rho_clip is 0.0", lure.v_trace, r, v, e, v, { discount = 1, rho_clip = 0 })
  refused("log_ratios: expected a float64 tensor", lure.v_trace, r, v, e, e, { discount = 1 })
end

function tests.test_explained_variance()
  local seen = floats { 1, 2, 3, 4 }
  luaunit.assertEquals(lure.explained_variance(seen, seen), 1)
  luaunit.assertEquals(lure.explained_variance(floats { 4, 3, 2, 1 }, seen), -3)
  luaunit.assertNaN(lure.explained_variance(seen, floats { 0.1, 0.1, 0.1, 0.1 }))
  refused("values have the shape (1), returns (4)", lure.explained_variance, floats { 1 }, seen)
  refused("expected a float tensor", lure.explained_variance, seen, ends { 1 })
end

return tests
