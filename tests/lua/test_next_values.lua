-- policy:next_values: what followed each step, where it goes on, terminated, was cut by the time limit (traps 1 and 3) or by
-- the end of the batch; of a policy with a memory after all that its episode saw before (trap 28).
local luaunit = require("luaunit")
local policies = require("policies")

local tests = {}
local lure = lure_test.lure
local mlp, rows = policies.mlp, policies.rows

local function refused(text, f, ...) luaunit.assertErrorMsgContains(text, f, ...) end
local function int32(list) return lure.tensor(list, "int32") end

function tests.test_each_way_a_step_can_end()
  local policy = mlp()
  local batch = { next_observations = rows(5, 3, 2), ends = int32 { 0, 1, 2, 0, 0 } }
  local values = lure.tensor { 1, 2, 3, 4, 5 }
  local own = policy:values(batch.next_observations)
  luaunit.assertEquals(policy:next_values(batch, values):to_table(), { 2, 0, own[3], 5, own[5] })
  batch.ends = int32 { 0, 1, 2, 0, 1 } -- it ended where the batch does
  luaunit.assertEquals(policy:next_values(batch, values)[5], 0)
end

function tests.test_several_copies()
  local policy = mlp()
  local batch = { next_observations = rows(6, 3, 2):reshape(3, 2, 3), ends = int32 { { 0, 2 }, { 1, 0 }, { 0, 2 } } }
  local values = lure.tensor { { 1, 2 }, { 3, 4 }, { 5, 6 } }
  local own = policy:values(batch.next_observations):to_table()
  luaunit.assertEquals(policy:next_values(batch, values):to_table(), { { 3, own[1][2] }, { 0, 6 }, own[3] })
end

-- A memory that has seen the episode: each value is that of the last row of the whole episode so far.
function tests.test_a_memory_has_seen_the_episode()
  local policy = lure.policy { trunk = { { "gru", 4 } }, { "gru", 3 }, "linear", "categorical", value = { { "gru", 2 }, "linear" },
                               inputs = 3, actions = 2, precision = "double", seed = 2 }
  local observations, first = rows(12, 3, 1):reshape(6, 2, 3), rows(2, policy.n_state, 5)
  local ends = int32 { { 0, 0 }, { 0, 2 }, { 2, 0 }, { 1, 0 }, { 0, 0 }, { 0, 2 } }
  local starts, next_observations = lure.zeros(6, 2):to("int32"), rows(12, 3, 9):reshape(6, 2, 3)
  for step = 1, 5 do
    for copy = 1, 2 do
      if ends[step][copy] ~= 0 then
        starts[step + 1][copy] = 1
      else
        next_observations[step][copy] = observations[step + 1][copy]
      end
    end
  end
  local values = policy:values(observations, { starts = starts, state = first })
  local got = policy:next_values({ observations = observations, next_observations = next_observations, ends = ends,
                                   starts = starts, first_states = first }, values)
  for copy = 1, 2 do
    local begin, state = 1, first:slice(1, copy, copy)
    for step = 1, 6 do
      if starts[step][copy] == 1 then begin, state = step, lure.zeros(1, policy.n_state) end
      local seen = observations:slice(1, begin, step):slice(2, copy, copy)
      local whole = lure.concat({ seen, next_observations:slice(1, step, step):slice(2, copy, copy) }, 1)
      local expected = policy:values(whole, { state = state })[step - begin + 2][1]
      if ends[step][copy] == 1 then expected = 0 end
      luaunit.assertEquals(got[step][copy], expected, ("step %d, copy %d"):format(step, copy))
    end
  end
end

-- Trap 1's numbers, by final_values alone: the last step's are what the batch's end cuts.
function tests.test_advantages_need_no_last_value()
  local r, v = lure.ones(3), lure.tensor { 0.5, 0.4, 0.3 }
  local function advantages(ends, final_values)
    return lure.advantages(r, v, int32(ends), { discount = 0.99, lambda = 0.95, final_values = lure.tensor(final_values) })
  end
  for ends, expected in pairs { [{ 0, 0, 0 }] = { 2.5339456, 1.741569, 0.898 }, [{ 0, 1, 0 }] = { 1.4603, 0.6, 0.898 },
                                [{ 0, 2, 0 }] = { 2.1120665, 1.293, 0.898 } } do
    local got = advantages(ends, { 0.4, 0.7, 0.2 })
    for i = 1, 3 do luaunit.assertAlmostEquals(got[i], expected[i], 1e-6) end
  end
  luaunit.assertEquals(advantages({ 0, 0, 0 }, { 9, 9, 0.2 }):to_table(),
    (lure.advantages(r, v, int32 { 0, 0, 0 }, { discount = 0.99, lambda = 0.95, last_value = 0.2 })):to_table())
  refused("last_value must give", lure.advantages, r, v, int32 { 0, 0, 0 }, { discount = 0.99, lambda = 0.95 })
end

function tests.test_what_does_not_fit()
  local policy, values = mlp(), lure.ones(2)
  local batch = { next_observations = rows(2, 3), ends = int32 { 0, 0 } }
  refused("the batch's ends: expected int32 of shape (2)", policy.next_values, policy,
    { next_observations = rows(2, 3), ends = int32 { 0 } }, values)
  refused("the batch's next_observations: expected float64 of shape (2, 3), got float64 of shape (2, 4)", policy.next_values,
    policy, { next_observations = rows(2, 4), ends = batch.ends }, values)
  refused("expected a tensor, got nil", policy.next_values, policy, {}, values)
  refused("values: expected those of batch.observations", policy.next_values, policy, batch, lure.ones(2):to("float32"))
  refused("the policy has no value", policies.shack().next_values, policies.shack(), batch, values)
end

return tests
