-- The replay memory as scripts see it: what goes in comes out whole, and what does not fit is refused.
local luaunit = require("luaunit")

local tests = {}
local lure = lure_test.lure

-- Steps numbered from 1: observation k, action 1 or 2, reward -k, every third truncated, the one before it terminated.
local function batch_of(first, last, more)
  local b = { observations = {}, next_observations = {}, actions = {}, rewards = {}, ends = {} }
  for k = first, last do
    local i = k - first + 1
    b.observations[i], b.next_observations[i] = { k, 2 * k }, { k + 0.5, 0 }
    b.actions[i], b.rewards[i], b.ends[i] = k % 2 + 1, -k, k % 3
  end
  local batch = { observations = lure.tensor(b.observations, "float32"), rewards = lure.tensor(b.rewards, "float32"),
                  next_observations = lure.tensor(b.next_observations, "float32"),
                  actions = lure.tensor(b.actions, "int32"), ends = lure.tensor(b.ends, "int32"), legal = false, next_legal = false }
  for key, value in pairs(more or {}) do batch[key] = value end
  return batch
end

function tests.test_what_goes_in_comes_out()
  local memory = lure.replay { capacity = 10 }
  luaunit.assertEquals(#memory, 0)
  memory:add(batch_of(1, 4))
  luaunit.assertEquals(#memory, 4)
  luaunit.assertEquals(tostring(memory), "replay memory of 4 steps, 10 at most")
  memory:add(batch_of(5, 14))
  memory:add(batch_of(15, 15))
  luaunit.assertEquals(#memory, 10)
  local b, seen = memory:sample(200, lure_test.rng(3)), {}
  luaunit.assertEquals({ b.observations:shape() }, { 200, 2 })
  luaunit.assertEquals(b.observations:type(), "float32")
  luaunit.assertFalse(b.legal)
  luaunit.assertFalse(b.next_legal)
  for i = 1, 200 do
    local k = math.tointeger(-b.rewards[i])
    seen[k] = true
    luaunit.assertEquals({ b.observations[i]:to_table(), b.next_observations[i]:to_table(), b.actions[i], b.terminated[i] },
      { { k, 2 * k }, { k + 0.5, 0 }, k % 2 + 1, k % 3 == 1 and 1 or 0 })
  end
  for k = 6, 15 do luaunit.assertTrue(seen[k], tostring(k)) end
  luaunit.assertNil(seen[5])
end

function tests.test_the_same_stream_draws_the_same()
  local memory = lure.replay { capacity = 10 }
  memory:add(batch_of(1, 10))
  local a, b = memory:sample(5, lure_test.rng(3)), memory:sample(5, lure_test.rng(3))
  luaunit.assertEquals(a.rewards:to_table(), b.rewards:to_table())
  local c, d = memory:sample(9), memory:sample(9) -- one stream goes on
  luaunit.assertNotEquals(c.rewards:to_table(), d.rewards:to_table())
end

function tests.test_what_was_drawn_stays()
  local memory = lure.replay { capacity = 4 }
  memory:add(batch_of(1, 4))
  local b = memory:sample(3, lure_test.rng(1))
  local before = b.observations:to_table()
  memory:add(batch_of(5, 8))
  memory:sample(3, lure_test.rng(1))
  luaunit.assertEquals(b.observations:to_table(), before)
end

function tests.test_steps_of_copies_masks_and_numbers()
  local memory = lure.replay { capacity = 8 }
  memory:add { observations = lure.range(1, 12):reshape(3, 2, 2), next_observations = lure.zeros(3, 2, 2),
               rewards = lure.range(1, 6):reshape(3, 2), actions = lure.range(1, 12):reshape(3, 2, 2),
               ends = lure.zeros(3, 2):to("int32"), legal = lure.ones(3, 2, 4), next_legal = lure.zeros(3, 2, 4) }
  luaunit.assertEquals(#memory, 6)
  local b = memory:sample(20, lure_test.rng(1))
  luaunit.assertEquals({ b.actions:shape() }, { 20, 2 })
  luaunit.assertEquals({ b.legal:shape() }, { 20, 4 })
  luaunit.assertEquals({ b.legal:min(), b.next_legal:max() }, { 1, 0 })
  for i = 1, 20 do
    local k = b.rewards[i]
    luaunit.assertEquals({ b.actions[i]:to_table(), b.observations[i]:to_table() }, { { 2 * k - 1, 2 * k }, { 2 * k - 1, 2 * k } })
  end
end

-- Nothing of what is refused is kept.
function tests.test_refusals()
  local memory = lure.replay { capacity = 4 }
  local function refused(text, f, ...)
    luaunit.assertErrorMsgContains(text, f, ...)
  end
  refused("the memory is empty", memory.sample, memory, 1)
  refused("expected a batch", memory.add, memory, 1)
  refused("there are no observations", memory.add, memory, {})
  refused("the batch has no ends", memory.add, memory, batch_of(1, 2, { ends = false }))
  refused("expected 2 numbers for each of 3 rows", memory.add, memory, batch_of(1, 2, { rewards = lure.zeros(3, "float32") }))
  refused("ends are of shape (3)", memory.add, memory, batch_of(1, 2, { ends = lure.zeros(3):to("int32") }))
  luaunit.assertEquals(#memory, 0)
  memory:add(batch_of(1, 2))
  refused("not like those that are there", memory.add, memory, batch_of(1, 2, { legal = lure.ones(2, 3), next_legal = lure.ones(2, 3) }))
  refused("only one of legal and next_legal", memory.add, memory, batch_of(1, 2, { legal = lure.ones(2, 3) }))
  refused("expected a whole number from 1", memory.sample, memory, 0)
  refused("capacity", lure.replay, { capacity = 0 })
  refused("capacty", lure.replay, { capacty = 3 })
  refused("no memory for 1000000000 rows", function()
    local large = lure.replay { capacity = 1000000000 }
    large:add(batch_of(1, 2))
  end)
  luaunit.assertEquals(#memory, 2)
end

-- ---- a policy of action values ----

local function policy_of(values)
  return lure.policy { { "linear", weight = 0, bias = values }, "action_values", inputs = 1, actions = #values }
end

function tests.test_a_policy_acts_on_its_values()
  local policy, x = policy_of { 1, 3, 3, 2 }, lure.zeros(4, 1)
  local actions, log_prob = policy:act(x, lure_test.rng(1))
  luaunit.assertEquals(actions:to_table(), { 2, 2, 2, 2 })
  luaunit.assertNil(log_prob)
  luaunit.assertEquals(policy:act(x, nil, { deterministic = true, epsilon = 1 }):to_table(), { 2, 2, 2, 2 })
  local mask = lure.tensor { { 1, 0, 0, 1 }, { 1, 0, 1, 0 }, { 1, 0, 0, 0 }, { 1, 1, 1, 1 } }
  luaunit.assertEquals(policy:act(x, lure_test.rng(1), { mask = mask }):to_table(), { 4, 3, 1, 2 })
  luaunit.assertEquals(policy:forward(x)[1]:to_table(), { 1, 3, 3, 2 })
  luaunit.assertEquals(policy:probabilities { 0 }, { 0, 1, 0, 0 })
  local drawn = policy:act(lure.zeros(4000, 1), lure_test.rng(2), { epsilon = 0.4 }):to_table()
  local counts = { 0, 0, 0, 0 }
  for _, action in ipairs(drawn) do counts[action] = counts[action] + 1 end
  for action, share in ipairs { 0.1, 0.7, 0.1, 0.1 } do
    luaunit.assertAlmostEquals(counts[action] / 4000, share, 4 * math.sqrt(share * (1 - share) / 4000))
  end
end

function tests.test_a_policy_of_values_says_what_it_has_not()
  local policy, x, actions = policy_of { 1, 3 }, lure.zeros(2, 1), lure.tensor({ 1, 2 }, "int32")
  luaunit.assertErrorMsgContains("policy:forward", policy.evaluate, policy, x, actions)
  luaunit.assertErrorMsgContains("policy:forward", policy.gradient, policy, x, actions)
  luaunit.assertErrorMsgContains("has none", policy.kl, policy, x, policy:copy())
  luaunit.assertErrorMsgContains("from 0 to 1", policy.act, policy, x, lure_test.rng(1), { epsilon = 1.5 })
  local other = lure.policy { "linear", "categorical", inputs = 1, actions = 2 }
  luaunit.assertErrorMsgContains('"categorical"', other.act, other, x, lure_test.rng(1), { epsilon = 0.5 })
end

return tests
