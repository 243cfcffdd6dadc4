-- differentiate as scripts use it: gradients against finite differences, what is tracked and how long, what goes wrong.
local luaunit = require("luaunit")

local tests = {}
local lure = lure_test.lure
local tensor, differentiate = lure.tensor, lure_test.differentiate
local exp, mean, sum = lure.exp, lure.mean, lure.sum

local function refused(text, f, ...) luaunit.assertErrorMsgContains(text, f, ...) end

-- Nothing is left of a pass: results without history are numbers again, and the next pass is right.
local function assert_clean()
  luaunit.assertEquals(type(lure.sum(tensor { 1, 2 })), "number")
  local loss, gradient = differentiate(function(w) return (w * w):sum() end, tensor { 1, 2 })
  luaunit.assertEquals({ loss, gradient:to_table() }, { 5, { 2, 4 } })
end

local function assert_gradient(f, target)
  local _, gradient = differentiate(f, target)
  luaunit.assertEquals({ gradient:shape() }, { target:shape() })
  local flat, changed = gradient:reshape(-1), target:copy()
  local elements = changed:reshape(-1)
  for i = 1, #elements do
    local x, h = elements[i], 1e-5
    elements[i] = x + h
    local above = f(changed)
    elements[i] = x - h
    local below = f(changed)
    elements[i] = x
    luaunit.assertAlmostEquals(flat[i], (above - below) / (2 * h), 1e-7)
  end
end

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

-- ---- what goes wrong ----

function tests.test_losses_that_are_none()
  local w = tensor { 1, 2 }
  refused("differentiate: the loss is a tensor of shape (2); expected one number: return its mean or its sum", differentiate,
    function(x) return x end, w)
  refused("differentiate: the function returned nothing", differentiate, function() end, w)
  refused("differentiate: the function returned nothing", differentiate, function() return nil, 1 end, w)
  refused("differentiate: the loss is a table; expected a number", differentiate, function() return {} end, w)
  refused("differentiate: the loss is a string", differentiate, function() return "1" end, w)
  assert_clean()
end

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

function tests.test_targets_that_are_none()
  local function f() return 0 end
  refused("differentiate: expected a function that returns the loss, then what to differentiate by, got tensor first",
    differentiate, tensor { 1 })
  refused("got no value first", differentiate)
  refused("differentiate: by what?", differentiate, f)
  refused("differentiate: target 2 is a number; expected a policy, a tensor of float numbers, or a table of these", differentiate, f,
    tensor { 1 }, 3)
  refused("target 1 is a nil", differentiate, f, nil)
  refused("target 1 at a is a string", differentiate, f, { a = "b" })
  refused("target 1 at [2] is a number; expected a policy", differentiate, f, { tensor { 1 }, 3 })
  refused("target 2 at net[2].bias is an int32 tensor", differentiate, f, tensor { 1 },
    { net = { tensor { 1 }, { bias = tensor({ 1 }, "int32") } } })
  refused("target 1 at [true] is a function", differentiate, f, { [true] = print })
  refused('target 1 is an int32 tensor; expected a policy, a tensor of float numbers, or a table of these; t:to("float64") makes one',
    differentiate, f, tensor({ 1 }, "int32"))
  local w, own = tensor { 1 }, {}
  refused("the same tensor is given twice", differentiate, f, w, { w })
  own[1] = own
  refused("target 1 at [1][1][1][1][1][1][1][1]: tables lie at most 8 deep", differentiate, f, own)
  assert_clean()
end

function tests.test_an_error_inside_leaves_nothing_behind()
  local w = tensor { 1, 2 }
  refused("my error", differentiate, function(x)
    local _ = x * 2
    error("my error")
  end, w)
  assert_clean()
  luaunit.assertFalse(w:is_tracked())
  w[1] = 1
  refused("add: shapes (2) and (3) do not meet", differentiate, function(x) return sum(x + tensor { 1, 2, 3 }) end, w)
  assert_clean()
  local ok, caught = pcall(differentiate, function() error({ code = 5 }) end, w)
  luaunit.assertEquals({ ok, caught.code }, { false, 5 })
  assert_clean()
end

function tests.test_no_second_derivative()
  local w = tensor { 1, 2 }
  refused("differentiate: it runs already", differentiate, function(x)
    local _, gradient = differentiate(function(y) return sum(y) end, w)
    return sum(x * gradient)
  end, w)
  assert_clean()
  local loss = differentiate(function(x) -- caught, the outer one goes on
    luaunit.assertFalse((pcall(differentiate, function() return 0 end, w)))
    luaunit.assertTrue(x:is_tracked())
    return sum(x * x)
  end, w)
  luaunit.assertEquals(loss, 5)
end

function tests.test_traceback_and_place()
  local ok, message = lure_test.eval([[
local function inner(x) return x + lure.zeros(3) end
local function loss(x)
  return sum(inner(x))
end
differentiate(loss, lure.zeros(2))]])
  luaunit.assertFalse(ok)
  luaunit.assertStrContains(message, "text:1: add: shapes (2) and (3) do not meet")
  luaunit.assertStrContains(message, "\n  at text:3")
end

function tests.test_coroutines()
  local results = { lure_test.eval([[
local w, out = lure.tensor { 1, 2 }, {}
local function yields() return differentiate(function(x) coroutine.yield() return sum(x) end, w) end
local co = coroutine.create(yields)
local ok, message = coroutine.resume(co)
out[1], out[2] = ok, message
out[3] = type(sum(w)) -- the dead coroutine's pass is over, closed or not
out[4] = differentiate(function(x) return sum(x * x) end, w)
out[5] = pcall(coroutine.wrap(yields))
out[6] = differentiate(function(x) return sum(x * x) end, w)
out[7] = coroutine.wrap(function() return differentiate(function(x) return sum(x) end, w) end)() -- a whole pass in one is fine
out[8] = differentiate(function(x) -- and one inside a pass as well
  local give = coroutine.wrap(function() coroutine.yield(x * 2) coroutine.yield(x * 3) end)
  return sum(give() + give())
end, w)
out[9] = differentiate(function(x) -- what the dead one had left to close does not end the pass that runs now
  coroutine.close(co)
  local y = x * x
  return y:is_tracked() and sum(y) or 0
end, w)
return table.unpack(out)]]) }
  luaunit.assertEquals(results[1], true, results[2])
  luaunit.assertEquals(results[2], false)
  luaunit.assertStrContains(results[3], "attempt to yield across a C-call boundary")
  luaunit.assertEquals({ table.unpack(results, 4) }, { "number", 5, false, 5, 3, 15, 5 })
end

function tests.test_the_memory_limit_inside()
  local ok, message, status = lure_test.eval([[
local kept, w = {}, lure.zeros(1000)
differentiate(function(x)
  local y = x
  while true do y = y + 1 end
end, w)]], { memory_mb = 4 })
  luaunit.assertEquals({ ok, status }, { false, "limit_memory" })
  luaunit.assertStrContains(message, "text:4")
  for at = 1, 400, 7 do -- wherever memory fails, the state comes to a clean end
    ok, message, status = lure_test.eval([[
local w = lure.range(1, 20)
local loss, gradient = differentiate(function(x) return sum(exp(x / 20) * x) + sum((lure.sort(x))) end, w)
return loss, gradient[1] ]], { fail_at = at })
    luaunit.assertTrue(ok or status == "limit_memory", message)
  end
end

function tests.test_the_time_limit_inside()
  local ok, _, status = lure_test.eval([[
differentiate(function(x) while true do local _ = x + 1 end end, lure.zeros(2))]], { step_seconds = 0.2, memory_mb = 500 })
  luaunit.assertFalse(ok)
  luaunit.assertStrContains("limit_step_time limit_memory", status)
end

-- ---- debugging ----

function tests.test_debug_gradients()
  local function message_of(text)
    local ok, message = lure_test.eval("lure.debug_gradients(true)\n" .. text)
    luaunit.assertFalse(ok)
    return message
  end
  local message = message_of([[
local w = lure.tensor { 1, 0 }
differentiate(function(x)
  local y = x * 2
  local z = log(y)
  return sum(z)
end, w)]])
  luaunit.assertStrContains(message, "text:5: log: the result is -inf at (2) of (2)")
  message = message_of([[
differentiate(function(x)
  local y = sqrt(x)
  return sum(y * 0)
end, lure.tensor { 0, 1 })]])
  luaunit.assertStrContains(message, "text:3: sqrt: the derivative by input 1 is nan")
  luaunit.assertEquals({ lure_test.eval([[
lure.debug_gradients(true)
local loss = differentiate(function(x) return sum(x * x) end, lure.tensor { 1, 2 })
lure.debug_gradients(false)
return loss, (differentiate(function(x) return sum(log(x)) end, lure.tensor { 0 }))]]) }, { true, 5, -math.huge })
  refused("boolean expected", lure.debug_gradients, 1)
end

-- Whatever failed, the message has the place once: that of the script's line.
function tests.test_debug_gradients_names_a_place_once()
  local messages = {
    ["clipped surrogate: the result is -inf at (1) of (3)"] = "lure.clipped_surrogate(x + 1000, zeros, zeros - 1, 0.2)",
    ["clipped surrogate: clip must be 0 or more, it is nan"] = "lure.clipped_surrogate(x, zeros, zeros, 0/0)",
    ["clipped surrogate: old_log_prob is (4), but log_prob is (3)"] = "lure.clipped_surrogate(x, lure.zeros(4), zeros, 0.2)",
    ["policy:forward: policy network: the result is inf"] = "policy:forward(x:reshape(1, 3) + 1e308)",
    ["policy:evaluate: policy network: the result is inf"] = "policy:evaluate(x:reshape(1, 3) + 1e308, actions)",
    ["policy:forward: cast: the result is inf"] = "single:forward(x:reshape(1, 3) + 1e300)",
    ["exp: the result is inf"] = "exp(x + 1000)",
  }
  for expected, expression in pairs(messages) do
    local _, message = lure_test.eval([[
lure.debug_gradients(true)
local zeros, actions, spec = lure.zeros(3), lure.tensor({ 1 }, "int32"), { { "linear", weight = 1e308 }, "categorical" }
spec.inputs, spec.actions, spec.precision = 3, 2, "double"
local policy = lure.policy(spec)
spec[1], spec.precision = "linear", "single"
local single = lure.policy(spec)
differentiate(function(x)
  return sum((]] .. expression .. [[))
end, lure.zeros(3))]])
    luaunit.assertStrContains(message, "text:8: " .. expected)
    local _, n = message:match("^[^\n]*"):gsub("text:8", "")
    luaunit.assertEquals(n, 1, message)
  end
end

-- ---- learning ----

-- y = X w + b + noise, by gradient descent on tensors of one's own; the answer is the least squares solution.
function tests.test_linear_regression()
  local rng = lure_test.rng(11)
  local x, noise = lure.normal({ 200, 3 }, rng), lure.normal(200, rng, 0, 0.1)
  local y = x:matmul(tensor { 2, -1, 0.5 }) + 0.7 + noise
  local p = { w = lure.zeros(3), b = lure.zeros(1) }
  local loss
  for _ = 1, 300 do
    local gradients
    loss, gradients = differentiate(function(q) return mean((x:matmul(q.w) + q.b - y) ^ 2) end, p)
    for name, gradient in pairs(gradients) do p[name]:add_scaled(gradient, -0.1) end
  end
  luaunit.assertAlmostEquals(p.w[1], 2, 0.03)
  luaunit.assertAlmostEquals(p.w[2], -1, 0.03)
  luaunit.assertAlmostEquals(p.b[1], 0.7, 0.03)
  local residual = x:matmul(p.w) + p.b - y
  luaunit.assertTrue(loss < 0.0125)
  for i, g in ipairs(x:transpose():matmul(residual):to_table()) do luaunit.assertAlmostEquals(g, 0, 1e-6, i) end
end

function tests.test_logistic_regression()
  local rng = lure_test.rng(12)
  local x = lure.uniform({ 300, 2 }, rng, -1, 1)
  local label = lure.greater(x:select(2, 1) - x:select(2, 2), 0.2)
  local w, b = lure.zeros(2), lure.zeros(1)
  local function loss()
    local z = x:matmul(w) + b
    return mean(lure.softplus(z) - label * z)
  end
  luaunit.assertAlmostEquals(loss(), math.log(2), 1e-12)
  for _ = 1, 400 do
    local _, dw, db = differentiate(loss, w, b)
    w:add_scaled(dw, -2)
    b:add_scaled(db, -2)
  end
  luaunit.assertTrue(loss() < 0.1)
  local right = mean(lure.equal(lure.greater(x:matmul(w) + b, 0), label))
  luaunit.assertTrue(right > 0.98)
end

function tests.test_two_layers_learn_xor()
  local rng = lure_test.rng(13)
  local x, y = tensor { { 0, 0 }, { 0, 1 }, { 1, 0 }, { 1, 1 } }, tensor({ 1, 2, 2, 1 }, "int32")
  local p = { w1 = lure.normal({ 2, 8 }, rng), b1 = lure.zeros(8), w2 = lure.normal({ 8, 2 }, rng, 0, 0.5), b2 = lure.zeros(2) }
  local loss
  for _ = 1, 500 do
    local gradients
    loss, gradients = differentiate(function(q)
      local hidden = lure.tanh(x:matmul(q.w1) + q.b1)
      return -mean(lure.gather(lure.log_softmax(hidden:matmul(q.w2) + q.b2), y))
    end, p)
    for name, gradient in pairs(gradients) do p[name]:add_scaled(gradient, -0.5) end
  end
  luaunit.assertTrue(loss < 0.05, tostring(loss))
end

-- ---- memory ----

-- An update that has warmed up asks the system for nothing.
function tests.test_the_steady_state_asks_for_nothing()
  if not lure_test.requests() then luaunit.skip("every block is the system's under AddressSanitizer") end
  local x, y = lure.normal({ 128, 8 }, lure_test.rng(1), 0, 1, "float32"), lure.normal(128, lure_test.rng(2), 0, 1, "float32")
  local w = lure.zeros(8, "float32")
  local function update()
    local _, gradient = differentiate(function(v)
      local residual = lure.tanh(x:matmul(v)) - y
      return mean(residual ^ 2) + mean(exp(residual))
    end, w)
    w:add_scaled(gradient, -0.01)
  end
  for _ = 1, 3000 do update() end
  local _, before = lure_test.requests()
  for _ = 1, 3000 do update() end
  local _, after = lure_test.requests()
  luaunit.assertEquals(after - before, 0)
end

function tests.test_a_million_operations_leave_the_heap_flat()
  luaunit.assertEquals({ lure_test.eval([[
local w = lure.range(1, 16)
for _ = 1, 10000 do
  differentiate(function(x)
    local y = x
    for _ = 1, 98 do y = y * 0.5 + x end
    return sum(y)
  end, w)
end
return sum(w)]], { memory_mb = 4, step_seconds = 60 }) }, { true, 136 })
end

return tests
