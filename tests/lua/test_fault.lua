-- test_fault.lua: whole training updates whose memory fails, at every request in turn, of Lua's own and of the engine: an
-- error that says so, nothing half done, and the same state goes on with the same bits. And an update that has warmed up
-- asks the system for nothing.
local luaunit = require("luaunit")

local tests = {}

-- Each returns a function that makes one update and gives its loss.
local begin = [[
local steps = 24
local observations = lure.sin(lure.range(1, 3 * steps)):reshape(steps, 3):to("float32")
local actions = (lure.range(1, steps) - 4 * lure.floor((lure.range(1, steps) - 1) / 4)):to("int32")
local rewards = lure.cos(lure.range(1, steps)):to("float32")
local ends = lure.zeros(steps, "int32")
ends[10], ends[24] = 1, 1
]]
local updates = {}

updates.ppo = begin .. [[
local policy = lure.policy { trunk = { { "linear", 8 }, "tanh" }, "linear", "categorical", value = { "linear" }, inputs = 3,
                             actions = 4, seed = 1 }
local optimizer = lure.optimizer({ "adam", clip_norm = 0.5, groups = { value = { rate = 2 } } }, policy)
local order = lure.tensor({ 5, 1, 9, 16, 24, 2, 3, 8, 20, 21, 11, 13 }, "int32")
return function()
  local before, _, value = policy:evaluate(observations, actions)
  local advantages, returns = lure.advantages(rewards, value, ends, { discount = 0.99, lambda = 0.95 })
  advantages = lure.normalize(advantages)
  local a, o, taken, targets, old = take(advantages, order), take(observations, order), take(actions, order),
                                    take(returns, order), take(before, order)
  local loss, gradient, entropy = differentiate(function()
    local log_prob, entropies, v = policy:evaluate(o, taken)
    local ratio = exp(log_prob - old)
    local policy_loss = -mean(minimum(ratio * a, clamp(ratio, 0.8, 1.2) * a))
    return policy_loss + 0.5 * mean((v - targets) ^ 2) - 0.01 * mean(entropies), mean(entropies)
  end, policy)
  optimizer:step(policy, gradient, 0.01)
  return loss + entropy
end]]

updates.gradient = begin .. [[
local policy = lure.policy { { "linear", 8 }, "tanh", "linear", "categorical", inputs = 3, actions = 4, seed = 1 }
local optimizer = lure.optimizer({ "rmsprop", clip_value = 1 }, policy)
return function()
  local returns = lure.discounted_returns(rewards, ends, 0.9)
  local gradient, loss = policy:gradient(observations, actions, returns - returns:mean())
  optimizer:step(policy, gradient, 0.01)
  return loss
end]]

-- a memory, sequences, and operations that need working space
updates.recurrent = begin .. [[
local policy = lure.policy { { "gru", 4 }, { "layer_norm" }, "linear", { "gaussian", log_std = -0.5 }, value = { "linear" },
                             inputs = 3, actions = { low = -1, high = 1 }, precision = "double", seed = 1 }
local optimizer = lure.optimizer({ "sgd", momentum = 0.9, nesterov = true }, policy)
local seen, did = observations:reshape(12, 2, 3), rewards:reshape(12, 2, 1)
local starts, w = ends:reshape(12, 2), { a = lure.ones(2, 2), b = { lure.zeros(1, "float32") } }
return function()
  local loss, gradient, gradients = differentiate(function(_, own)
    local log_prob, entropy, value, state = policy:evaluate(seen, did, { starts = starts, state = lure.zeros(2, 4) })
    local sorted = lure.sort(value:to("float32"):matmul(own.a), 1)
    local most = lure.tanh((lure.top_k(sorted:reshape(-1), 2)))
    return sum(most * own.b[1]) + mean(lure.tanh(log_prob)) + mean(lure.tanh(entropy)) + sum(stack { mean(lure.tanh(value)), sum(state) })
           + mean(softmax(sorted)) + sum(concat { own.a, own.a } ^ 2) + sum(square(policy.parameters["linear1.bias"]))
  end, policy, w)
  optimizer:step(policy, gradient, 0.01)
  w.a:add_scaled(gradients.a, -0.01)
  w.b[1]:add_scaled(gradients.b[1], -0.01)
  return loss
end]]

local names = { "gradient", "ppo", "recurrent" }

-- all: every request from the n-th on fails; else so many, which a retry after a collection may survive
local function fails_everywhere(name, failing)
  local text = updates[name]
  local first, second, third, requests = lure_test.faults(text, 0, 0)
  luaunit.assertEquals({ first[1], second[1], third[1] }, { true, true, true }, first[2])
  luaunit.assertTrue(requests > 5)
  luaunit.assertNotEquals(first[2], second[2])
  local n_errors, at = 0, 1
  while true do
    local a, b, c, asked = lure_test.faults(text, at, failing)
    local where = ("%s, %d requests failing from %d on: "):format(name, failing, at)
    if a[1] then
      luaunit.assertEquals({ a[2], b[2], c[2] }, { first[2], second[2], third[2] }, where)
      if asked < at then break end
      luaunit.assertTrue(failing > 0, where .. "it was not missed")
    else
      n_errors = n_errors + 1
      luaunit.assertEquals(a[3], "limit_memory", where .. a[2])
      luaunit.assertStrContains(a[2], "limits.memory_mb")
      luaunit.assertEquals(b[1], true, where .. tostring(b[2]))
      local afterwards = b[2] == first[2] and { first[2], second[2] } or { second[2], third[2] } -- before the step, or after it
      luaunit.assertEquals({ b[2], c[2] }, afterwards, where)
    end
    at = at + 1
  end
  return n_errors, at - 1
end

for _, name in ipairs(names) do
  tests["test_memory_that_is_gone_" .. name] = function()
    local n_errors, n = fails_everywhere(name, 0)
    luaunit.assertEquals(n_errors, n)
  end

  -- one request fails: a collection makes room, and nothing is lost
  tests["test_a_collection_at_every_request_" .. name] = function()
    luaunit.assertEquals((fails_everywhere(name, 1)), 0)
  end

  -- a script that catches the error and tries again
  tests["test_caught_" .. name] = function()
    local text = updates[name]:gsub("\nreturn function%(%)", "\nlocal function update()") .. "\n" .. [[
return function()
  local ok, loss = pcall(update)
  return ok and loss or update()
end]]
    local first, second = lure_test.faults(text, 0, 0)
    for failing = 2, 3 do
      local at = 1
      while true do
        local a, b, _, asked = lure_test.faults(text, at, failing)
        local where = ("%s, %d requests failing from %d on: "):format(name, failing, at)
        luaunit.assertEquals(b[1], true, where .. tostring(b[2]))
        if a[1] then
          luaunit.assertTrue(a[2] == first[2] or a[2] == second[2], where)
        else -- Lua's own first requests, outside of pcall
          luaunit.assertEquals(a[3], "limit_memory", where .. a[2])
        end
        if asked < at then break end
        at = at + 1
      end
    end
  end

  tests["test_the_steady_state_" .. name] = function()
    if not lure_test.requests() then luaunit.skip("every block is the system's under AddressSanitizer") end
    luaunit.assertEquals(lure_test.system_requests(updates[name], 10000, 10000), 0)
  end
end

-- a line longer than what the stack holds
function tests.test_sorting_and_mixed_products_in_the_steady_state()
  if not lure_test.requests() then luaunit.skip("every block is the system's under AddressSanitizer") end
  luaunit.assertEquals(lure_test.system_requests([[
local x, y, w = lure.sin(lure.range(1, 1000)), lure.ones(1000, 8, "float32"), lure.ones(1000)
return function()
  local sorted, places = x:sort()
  local _, gradient = differentiate(function(v) return sum((lure.sort(v * x)) ^ 2) + sum(matmul(v, y)) end, w)
  return sum(sorted:matmul(y)) + places[1] + gradient[1] + sum((lure.top_k(x, 3)))
end]], 1000, 1000), 0)
end

return tests
