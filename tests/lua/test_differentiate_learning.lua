-- Learning by differentiate on tensors of one's own: answers that are known, and memory that stays flat.
local luaunit = require("luaunit")

local tests = {}
local lure = lure_test.lure
local tensor, differentiate = lure.tensor, lure_test.differentiate
local exp, mean = lure.exp, lure.mean

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
  for _ = 1, 10000 do update() end
  local _, before = lure_test.requests()
  for _ = 1, 10000 do update() end
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
