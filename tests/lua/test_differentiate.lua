-- differentiate as scripts use it: gradients against finite differences, what is tracked and how long.
local luaunit = require("luaunit")
local passes = require("passes")

local tests = {}
local lure = lure_test.lure
local tensor, differentiate = lure.tensor, lure_test.differentiate
local exp, mean, sum = lure.exp, lure.mean, lure.sum
local assert_gradient, assert_clean = passes.assert_gradient, passes.assert_clean

local function refused(text, f, ...) luaunit.assertErrorMsgContains(text, f, ...) end

-- ---- right gradients ----

function tests.test_losses_against_finite_differences()
  local x = tensor { { 0.5, -1, 2 }, { 1.5, 0.25, -0.75 } }
  local other = tensor { { 1 }, { -2 } }
  local losses = {
    function(w) return sum(w * w * w) end,
    function(w) return mean(exp(w) * other) end,
    function(w) return lure.logsumexp(w * 2) - sum(w / 3) end,
    function(w) return mean(lure.square(w - w:mean(2, true))) end,
    function(w) return sum(lure.tanh(w:transpose():matmul(w))) end,
    function(w) return -mean(lure.gather(lure.log_softmax(w), tensor({ 2, 3 }, "int32"))) end,
    function(w) return sum(w[1] * w[2]) + w[1][2] * w[2][3] end,
    function(w) return sum(lure.clamp(w, -0.8, 1.2) ^ 3) end,
    function(w) return sum(lure.where(lure.greater(w, 0), lure.sqrt(lure.abs(w)), w * w)) end,
    function(w) return sum(lure.sort(w) * tensor { 1, 2, 3 }) end,
    function(w) return sum(lure.top_k(w, 2) * tensor { 1, 5 }) end,
    function(w) return sum(lure.concat({ w, w * 2 }, 2) * lure.range(1, 6)) end,
    function(w) return lure.stack({ w:sum(), w:mean(), 3 }):square():sum() end,
    function(w) return w:max() * w:min() + lure.deviation(w) + lure.variance(w, 2):sum() end,
    function(w) return sum(w:slice(2, 1, 3, 2):reshape(4) * tensor { 1, 2, 3, 4 }) end,
    function(w) return sum(lure.minimum(w, 0.3) * lure.maximum(w, other)) end,
    function(w) return sum(w:clamp(other - 1, lure.square(other))) end,
    function(w) return sum(w:take({ 2, 1, 2 }) * lure.range(1, 9):reshape(3, 3)) end,
    function(w) return sum(w:unsqueeze(1):expand(2, 2, 3) * lure.range(1, 12):reshape(2, 2, 3)) end,
    function(w) return sum(w:copy():squeeze() ^ 2) end,
    function(w) return sum(lure.cumulative_sum(w) * lure.softmax(w, 1)) end,
    function(w) return 3 * w:sum() ^ 2 / (1 + w:mean()) end,
  }
  for _, f in ipairs(losses) do
    assert_gradient(f, x)
    assert_gradient(f, lure.stack({ x, x }, 3):select(3, 2)) -- a strided target
  end
end

function tests.test_types()
  local single = tensor({ 1, 2, 3 }, "float32")
  local loss, gradient = differentiate(function(w) return mean(w * w) end, single)
  luaunit.assertAlmostEquals(loss, 14 / 3, 1e-6)
  luaunit.assertEquals(gradient:type(), "float32")
  loss, gradient = differentiate(function(w) return sum(w * tensor { 1, 2, 3 }) end, single)
  luaunit.assertEquals({ loss, gradient:type(), gradient:to_table() }, { 14, "float32", { 1, 2, 3 } })
  loss, gradient = differentiate(function(w) return sum(w:to("float64") ^ 2) end, single)
  luaunit.assertEquals({ loss, gradient:type(), gradient:to_table() }, { 14, "float32", { 2, 4, 6 } })
end

function tests.test_targets()
  local w, b, unused = tensor { 1, 2 }, tensor { 3 }, tensor { { 5, 6 } }
  local _
  local loss, dw, db, du = differentiate(function(x, y) return sum(x * 2 + y) end, w, b, unused)
  luaunit.assertEquals({ loss, dw:to_table(), db:to_table(), du:to_table() }, { 12, { 2, 2 }, { 2 }, { { 0, 0 } } })
  _, dw, db = differentiate(function() return sum(w * 2 + b) end, w, b) -- as upvalues
  luaunit.assertEquals({ dw:to_table(), db:to_table() }, { { 2, 2 }, { 2 } })
  local parameters = { w = w, b = b, deep = { unused } }
  local gradients
  loss, gradients = differentiate(function(p) return sum(p.w * p.b) + sum(p.deep[1]) end, parameters)
  luaunit.assertEquals(loss, 20)
  luaunit.assertEquals({ gradients.w:to_table(), gradients.b:to_table(), gradients.deep[1]:to_table() },
    { { 3, 3 }, { 3 }, { { 1, 1 } } })
  luaunit.assertEquals(next(gradients.deep, 1), nil)
  local whole = tensor { { 1, 2 }, { 3, 4 } }
  _, dw = differentiate(function(row) return sum(row * row) end, whole[2]) -- a view
  luaunit.assertEquals(dw:to_table(), { 6, 8 })
end

function tests.test_losses_that_are_numbers()
  local w = tensor { 1, 2 }
  local loss, gradient = differentiate(function() return 5 end, w)
  luaunit.assertEquals({ loss, gradient:to_table() }, { 5, { 0, 0 } })
  loss, gradient = differentiate(function(x) return (x * x):sum(1, true) end, w) -- one element
  luaunit.assertEquals({ loss, gradient:to_table() }, { 5, { 2, 4 } })
  loss = differentiate(function() return tensor { 7 } end, w)
  luaunit.assertEquals(loss, 7)
end

function tests.test_what_a_function_returns_besides()
  local w = tensor { 1, 2 }
  local loss, gradient, first, list, text, none, second, all = differentiate(function(x)
    local squares = x * x
    return squares:sum(), squares:mean(), { 1 }, "word", nil, exp(0), squares
  end, w)
  luaunit.assertEquals({ loss, gradient:to_table(), first, list, text, none, second }, { 5, { 2, 4 }, 2.5, { 1 }, "word", nil, 1 })
  luaunit.assertEquals(all:to_table(), { 1, 4 })
  luaunit.assertFalse(all:is_tracked())
  luaunit.assertEquals(select("#", differentiate(function(x) return x:sum() end, w)), 2)
end

-- The loss that feel like PPO's, on tensors of one's own: the same inside and outside.
function tests.test_a_loss_works_outside_too()
  local log_prob, old = tensor { -1, -0.5, -2 }, tensor { -1.1, -0.9, -1 }
  local advantages, value, returns = tensor { 1, -1, 0.5 }, tensor { 0.1, 0.2, 0.3 }, tensor { 1, 0, 1 }
  local function loss(p, v)
    local ratio = exp(p - old)
    local surrogate = lure.minimum(ratio * advantages, lure.clamp(ratio, 0.8, 1.2) * advantages)
    return -mean(surrogate) + 0.5 * mean((v - returns) ^ 2) / 2
  end
  local outside = loss(log_prob, value)
  luaunit.assertEquals(type(outside), "number")
  local inside, by_log_prob, by_value = differentiate(loss, log_prob, value)
  luaunit.assertAlmostEquals(inside, outside, 1e-15)
  luaunit.assertAlmostEquals(by_log_prob[3], -math.exp(-1) * 0.5 / 3, 1e-15)
  luaunit.assertAlmostEquals(by_value[1], 0.5 * (0.1 - 1) / 3, 1e-15)
end

-- ---- what is tracked, and how long ----

function tests.test_what_is_kept_is_a_constant_afterwards()
  local w, kept, scalar = tensor { 1, 2 }, nil, nil
  differentiate(function(x)
    kept, scalar = x * 3, x:sum()
    luaunit.assertTrue(kept:is_tracked() and scalar:is_tracked() and x:is_tracked())
    luaunit.assertEquals(type(scalar), "userdata")
    return kept:sum()
  end, w)
  luaunit.assertFalse(kept:is_tracked() or scalar:is_tracked() or w:is_tracked())
  luaunit.assertEquals(kept:to_table(), { 3, 6 })
  luaunit.assertEquals({ scalar:item(), scalar + 1 }, { 3, 4 })
  collectgarbage()
  local loss, gradient = differentiate(function(x) return sum(x * kept) + scalar * 0 end, w)
  luaunit.assertEquals({ loss, gradient:to_table() }, { 15, { 3, 6 } })
  luaunit.assertEquals(kept:to_table(), { 3, 6 })
  local _, by_kept = differentiate(function(k) return sum(k * k) end, kept) -- an input of its own now
  luaunit.assertEquals(by_kept:to_table(), { 6, 12 })
end

function tests.test_a_second_use_adds_up()
  local _, gradient = differentiate(function(x)
    local y = x * x
    return sum(y * x) + sum(y) + sum(x)
  end, tensor { 2 })
  luaunit.assertEquals(gradient[1], 3 * 4 + 2 * 2 + 1)
end

function tests.test_stop_gradient()
  local w = tensor { 1, 2 }
  local loss, gradient = differentiate(function(x)
    local constant = lure.stop_gradient(x * x)
    luaunit.assertFalse(constant:is_tracked())
    luaunit.assertEquals(lure.stop_gradient(x:sum()), 3)
    luaunit.assertEquals(lure.stop_gradient(4), 4)
    return sum(x * constant)
  end, w)
  luaunit.assertEquals({ loss, gradient:to_table() }, { 9, { 1, 4 } })
  luaunit.assertEquals(lure.stop_gradient(w):to_table(), { 1, 2 })
end

function tests.test_comparisons_are_constants()
  local _, gradient = differentiate(function(x)
    local mask = lure.greater(x, 1.5)
    luaunit.assertFalse(mask:is_tracked())
    luaunit.assertEquals({ x:argmax(), lure.equal(x[1], 1) }, { 2, 1 })
    return sum(x * mask)
  end, tensor { 1, 2 })
  luaunit.assertEquals(gradient:to_table(), { 0, 1 })
end

-- A gradient that is kept is not written over.
function tests.test_gradients_are_new_each_time()
  local w = tensor { 1, 2 }
  local _, first = differentiate(function(x) return sum(x) end, w)
  local _, second = differentiate(function(x) return sum(x * x) end, w)
  luaunit.assertEquals({ first:to_table(), second:to_table() }, { { 1, 1 }, { 2, 4 } })
end

function tests.test_garbage_inside_a_pass()
  local w = lure.range(1, 50)
  local loss, gradient = differentiate(function(x)
    local y = x
    for i = 1, 60 do
      y = y + lure.full(50, i) * x * 0.01
      if i % 7 == 0 then collectgarbage() end
    end
    collectgarbage()
    return y:sum()
  end, w)
  luaunit.assertAlmostEquals(loss, 1275 * (1 + 18.3), 1e-9)
  luaunit.assertAlmostEquals(gradient[17], 1 + 18.3, 1e-12)
end

-- ---- writing ----

function tests.test_what_is_recorded_is_not_written_to()
  local w, data, free = tensor { 1, 2 }, tensor { { 3, 4 }, { 5, 6 } }, tensor { 1, 2 }
  differentiate(function(x)
    free[1] = 7 -- nothing has read it
    local y = x * data[2]
    for name, write in pairs {
      ["t[i] = value"] = function() x[1] = 5 end,
      ["fill"] = function() y:fill(1) end,
      ["copy_from"] = function() data:copy_from(0) end,
      ["add_scaled"] = function() data[1]:add_scaled(1) end,
    } do
      refused(name .. ": differentiate has recorded what these numbers were", write)
    end
    refused("has recorded", function() data:transpose()[1] = 1 end)
    local constant = data * 2 -- of constants alone: not recorded
    constant[1] = 0
    refused("a value that differentiate tracks cannot be written into a tensor", function() free:copy_from(y) end)
    refused("t[i] = value: a value that", function() free[1] = y:sum() end)
    refused("this function has no derivative; give it stop_gradient(...)", lure.normalize, y)
    luaunit.assertEquals(lure.center(lure.stop_gradient(y)):sum(), 0)
    return sum(y)
  end, w)
  luaunit.assertEquals({ w:to_table(), free:to_table() }, { { 1, 2 }, { 7, 2 } })
  w[1], data[1] = 9, 9
  luaunit.assertEquals({ w[1], data[1][2] }, { 9, 9 })
end

-- ---- policies ----

local function small_policy()
  return lure.policy { { "linear", weight = { 1, 2, 3 }, bias = 9, train = { "weight" } }, "bernoulli", inputs = 3, actions = 2,
                       precision = "double" }
end

function tests.test_a_policy_is_a_target()
  local policy = small_policy()
  local optimizer = lure.optimizer("sgd", policy)
  local loss, gradient, by_t = differentiate(function(p, t)
    luaunit.assertIs(p, policy)
    refused("optimizer:step: differentiate has recorded", optimizer.step, optimizer, policy, lure.zeros(4), 1)
    return sum(t)
  end, policy, tensor { 1 })
  luaunit.assertEquals({ loss, gradient:to_table(), by_t:to_table() }, { 1, { 0, 0, 0, 0 }, { 1 } })
  optimizer:step(policy, gradient, 1)
  local _, again = differentiate(function() return 0 end, policy)
  luaunit.assertIs(again, gradient) -- the optimizer has stepped with it
  local _, kept = differentiate(function() return 0 end, policy)
  luaunit.assertNotIs(kept, again)
end
-- ---- lists and columns ----

-- A column less a list would be all pairs, and their mean a wrong number that nobody sees.
function tests.test_a_list_does_not_meet_a_column()
  local x, y, w = tensor { { 1, 2 }, { 3, 5 }, { -1, 0 } }, tensor { 1, 0, 2 }, tensor { { 0.5 }, { -1 } }
  local function loss(change)
    return function(p) return mean(change(lure.matmul(x, p)) ^ 2) end
  end
  local pairs_refused = "subtract: (3) and (3, 1) would meet as all 3 x 3 pairs; t:squeeze(2) makes the column a list"
  refused(pairs_refused, differentiate, loss(function(v) return v - y end), w)
  refused(pairs_refused, differentiate, loss(function(v) return y - v end), w)
  assert_gradient(loss(function(v) return v:squeeze(2) - y end), w)
  assert_gradient(loss(function(v) return y:unsqueeze(2) - v end), w)
  assert_gradient(loss(function(v) return v - y:unsqueeze(1) end), w) -- all pairs, as it says
  assert_gradient(loss(function(v) return v - v:reshape(1, 3) end), w)
  assert_gradient(loss(function(v) return v - tensor { 3 } end), w)
  luaunit.assertEquals({ (y - y:unsqueeze(2)):shape() }, { 3, 3 }) -- outside it is NumPy's
  assert_clean()
end

-- What policies and returns give is one number a row, so that they meet row by row.
function tests.test_values_and_returns_are_lists()
  local policy = lure.policy { { "linear", 4 }, "tanh", "linear", "categorical", value = { { "linear", 4 }, "linear" },
                               inputs = 2, actions = 2, precision = "double" }
  local x, actions = lure.normal({ 5, 2 }, lure_test.rng(1)), tensor({ 1, 2, 2, 1, 2 }, "int32")
  local rewards, ends = tensor { 1, 0, 1, 0, 1 }, tensor({ 0, 1, 0, 0, 1 }, "int32")
  local values = policy:values(x)
  local advantages, returns = lure.advantages(rewards, values, ends, { discount = 0.9, lambda = 0.9 })
  local shapes = {}
  differentiate(function()
    local log_prob, entropy, value = policy:evaluate(x, actions)
    for i, t in ipairs { log_prob, entropy, value, value - returns, log_prob * advantages, values, advantages, returns } do
      shapes[i] = { t:shape() }
    end
    return mean((value - returns) ^ 2)
  end, policy)
  luaunit.assertEquals(#shapes, 8)
  for _, shape in ipairs(shapes) do luaunit.assertEquals(shape, { 5 }) end
end

return tests
