-- lure.normaliser and lure.reward_scaler: the numbers of Gymnasium's and Stable-Baselines3's wrappers.
local luaunit = require("luaunit")

local tests = {}
local lure = lure_test.lure

local function tensor(list, kind) return lure_test.tensor(kind or "float64", #list, nil, list) end
local function ends(list) return tensor(list, "int32") end
local function refused(text, f, ...) luaunit.assertErrorMsgContains(text, f, ...) end

function tests.test_one_sample()
  local z = lure.normaliser { size = 1 }
  z:update(tensor { 1 })
  local state = z:state()
  luaunit.assertAlmostEquals(state.mean[1], 0.99990001, 1e-8)
  luaunit.assertAlmostEquals(state.variance[1], 1.99970e-4, 1e-9)
  luaunit.assertAlmostEquals(state.count, 1.0001, 1e-12)
  luaunit.assertAlmostEquals(z:normalise(tensor { 1 })[1], 0.0070707, 1e-7)
end

function tests.test_rows()
  local z = lure.normaliser { size = 2, clip = 1.5 }
  local rows = lure.tensor { { 0, 10 }, { 2, 30 } }
  z:update(rows)
  local got = z:normalise(rows)
  luaunit.assertAlmostEquals(got[1][1], -1, 1e-3)
  luaunit.assertAlmostEquals(got[2][2], 1, 1e-3)
  luaunit.assertEquals(z:normalise(lure.tensor { 100, -1000 }):to_table(), { 1.5, -1.5 }) -- one row
  local single = z:normalise(tensor({ 1, 20 }, "float32"))
  luaunit.assertStrContains(tostring(single), "float32 (2)")
  luaunit.assertEquals(rows:to_table(), { { 0, 10 }, { 2, 30 } })
end

function tests.test_frozen()
  local z = lure.normaliser { size = 1 }
  z:freeze()
  z:update(tensor { 5 })
  luaunit.assertEquals(z:state().mean[1], 0)
  luaunit.assertEquals(tostring(z), "normaliser of 1 feature, 0 samples seen, frozen")
  z:freeze(false)
  z:update(tensor { 5, 6 })
  luaunit.assertEquals(tostring(z), "normaliser of 1 feature, 2 samples seen")
  refused("boolean or nothing expected, got number", z.freeze, z, 1)
end

function tests.test_a_state_goes_on_with_the_same_bits()
  local a, b = lure.normaliser { size = 2 }, lure.normaliser { size = 2 }
  a:update(lure.tensor { { 1, 2 }, { 0.1, -7 } })
  b:load(a:state())
  for _, z in ipairs { a, b } do z:update(lure.tensor { { 0.3, 1e3 } }) end
  luaunit.assertEquals(b:state().count, a:state().count)
  luaunit.assertEquals(b:state().mean:to_table(), a:state().mean:to_table())
  luaunit.assertEquals(b:state().variance:to_table(), a:state().variance:to_table())
end

function tests.test_states_that_do_not_fit()
  local z = lure.normaliser { size = 2 }
  local function state(key, value)
    local s = z:state()
    s[key] = value
    return s
  end
  refused("normaliser:load: mean: expected a float64 tensor of 2 numbers", z.load, z, lure.normaliser { size = 1 }:state())
  refused("variance: number 2 is -1", z.load, z, state("variance", lure.tensor { 1, -1 }))
  refused("mean: number 1 is", z.load, z, state("mean", lure.tensor { 0 / 0, 1 }))
  refused("count: expected a finite number, got 0", z.load, z, state("count", 0))
  refused("count: expected a finite number, got nil", z.load, z, {})
  refused("unknown 'means'; did you mean 'mean'?", z.load, z, state("means", 1))
  luaunit.assertEquals(z:state().variance:to_table(), { 1, 1 })
end

function tests.test_rows_that_do_not_fit()
  local z = lure.normaliser { size = 2 }
  refused("normaliser:update: expected a float tensor (row, 2), got float64 of shape (3)", z.update, z, tensor { 1, 2, 3 })
  refused("got int32 of shape (2)", z.normalise, z, ends { 1, 2 })
  refused("expected a tensor, got table", z.update, z, { 1, 2 })
  refused("normaliser:update: feature 2 of row 1 is nan; it must be finite", z.update, z, tensor { 1, 0 / 0 })
  refused("expected a normaliser, got tensor", z.update, tensor { 1 }, tensor { 1 })
end

function tests.test_options()
  refused("lure.normaliser: size: expected a number, got nil", lure.normaliser, {})
  refused("size is 0.5; expected a whole number from 1 to 1000000", lure.normaliser, { size = 0.5 })
  refused("clip is 0.0; expected more than 0", lure.normaliser, { size = 1, clip = 0 })
  refused("epsilon is -1.0", lure.normaliser, { size = 1, epsilon = -1 })
  refused("unknown 'sise'; did you mean 'size'?", lure.normaliser, { sise = 1 })
  refused("discount is 1.5; expected 0 to 1", lure.reward_scaler, { discount = 1.5 })
  refused("environments is 0.0", lure.reward_scaler, { environments = 0 })
  luaunit.assertEquals(lure.normaliser { size = 1, clip = math.huge }:normalise(tensor { 1e9 })[1] > 9e8, true)
end

-- Two environments whose reward runs through 0, 1, 3, 4, the second one ahead; an episode is four steps long.
function tests.test_reward_scaler()
  local scaler, shown, t = lure.reward_scaler { environments = 2 }, { 0, 1, 3, 4 }, 0
  local function step()
    t = t + 1
    local rewards = { { shown[t % 4 + 1], shown[(t + 1) % 4 + 1] } }
    local over = t % 4 == 0 and 2 or 0
    local got = scaler:scale(lure.tensor(rewards), lure_test.tensor("int32", 1, 2, { over, over }))
    return rewards[1], got
  end
  step()
  luaunit.assertAlmostEquals(scaler:state().mean, 2, 2e-4)
  local rewards, got
  for _ = 1, 3000 do rewards, got = step() end
  luaunit.assertAlmostEquals(scaler:state().mean, 5.688, 1e-3)
  luaunit.assertAlmostEquals(got[1][1], rewards[1] / math.sqrt(scaler:state().variance + 1e-8), 1e-12)
  luaunit.assertEquals(tostring(scaler), "reward scaler of 2 environments, 6002 samples seen")
end

function tests.test_reward_scaler_of_one()
  local a, b = lure.reward_scaler {}, lure.reward_scaler {}
  a:scale(tensor { 1, 2, 3 }, ends { 0, 1, 0 })
  luaunit.assertAlmostEquals(a:state().returns[1], 3, 1e-15)
  b:load(a:state())
  local x, y = a:scale(tensor { 1, -1 }, ends { 0, 0 }), b:scale(tensor { 1, -1 }, ends { 0, 0 })
  luaunit.assertEquals(x:to_table(), y:to_table())
  luaunit.assertTrue(x[2] < 0 and x[1] > 0)
  b:freeze()
  local before = b:state()
  b:scale(tensor { 100 }, ends { 0 })
  luaunit.assertEquals({ b:state().mean, b:state().returns[1] }, { before.mean, before.returns[1] })
  luaunit.assertEquals(b:scale(tensor { 1e6, -1e6 }, ends { 0, 0 }):to_table(), { 10, -10 })
  refused("rewards: expected a float tensor (step, 1), got float64 of shape (2, 2)", a.scale, a,
    lure.tensor { { 1, 2 }, { 3, 4 } }, ends { 0, 0 })
  refused("ends: expected an int32 tensor", a.scale, a, tensor { 1 }, tensor { 1 })
  refused("scaler:scale: reward of environment 1 in step 2 is inf", a.scale, a, tensor { 1, math.huge }, ends { 0, 0 })
end

return tests
