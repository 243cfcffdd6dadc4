-- lure.discounted_returns, lure.center, lure.normalize.
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
  refused("ends: expected a int32 tensor of 2 numbers, got int32 of shape (3)", lure.discounted_returns, two,
    ends { 0, 0, 1 }, 1)
  refused("got float64 of shape (2)", lure.discounted_returns, two, two, 1)
  refused("float tensor", lure.discounted_returns, marks, marks, 1)
  refused("expected a tensor, got table", lure.discounted_returns, { 1, 2 }, marks, 1)
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

return tests
