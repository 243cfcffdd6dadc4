-- What goes wrong inside differentiate: losses and targets that are none, errors, limits; and what tells where numbers broke.
local luaunit = require("luaunit")
local passes = require("passes")

local tests = {}
local lure = lure_test.lure
local tensor, differentiate = lure.tensor, lure_test.differentiate
local sum = lure.sum
local assert_clean = passes.assert_clean

local function refused(text, f, ...) luaunit.assertErrorMsgContains(text, f, ...) end

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

return tests
