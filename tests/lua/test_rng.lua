-- Random streams as scripts use them. Bounds are four standard errors wide; the seeds are fixed, so a pass stays one.
local luaunit = require("luaunit")

local tests = {}

local function moments(n, draw)
  local sum, squares = 0, 0
  for _ = 1, n do
    local x = draw()
    sum, squares = sum + x, squares + x * x
  end
  local mean = sum / n
  return mean, math.sqrt(squares / n - mean * mean)
end

local function draws(rng, n)
  local list = {}
  for i = 1, n do list[i] = rng:uniform() end
  return list
end

function tests.test_same_seed_same_numbers()
  local rng = lure_test.lure.rng
  luaunit.assertEquals(draws(rng(5), 20), draws(rng(5), 20))
  luaunit.assertEquals(draws(rng(5, 3), 20), draws(rng(5, 3), 20))
  luaunit.assertNotEquals(draws(rng(5), 20), draws(rng(6), 20))
  luaunit.assertNotEquals(draws(rng(5, 3), 20), draws(rng(5, 4), 20))
  luaunit.assertEquals(draws(rng(5), 20), draws(rng(5, 0), 20))
end

-- The bits that every build and every processor must give.
function tests.test_bits()
  local rng, seen = lure_test.lure.rng(1), {}
  for i = 1, 3 do seen[i] = ("%a"):format(rng:uniform()) end
  seen[4] = ("%a"):format(rng:normal())
  seen[5] = rng:integer(1, 1000000)
  luaunit.assertEquals(seen, { "0x1.51d1a805ff093p-1", "0x1.f17ac485a4d72p-1", "0x1.e994471af02fp-1",
                               "0x1.b71f454b02d6cp+0", 963949 })
end

function tests.test_uniform()
  local rng = lure_test.rng(1)
  local least, most = math.huge, -math.huge
  local mean, deviation = moments(20000, function()
    local x = rng:uniform()
    least, most = math.min(least, x), math.max(most, x)
    return x
  end)
  luaunit.assertTrue(least >= 0 and least < 0.001 and most < 1 and most > 0.999)
  luaunit.assertAlmostEquals(mean, 0.5, 0.0082)
  luaunit.assertAlmostEquals(deviation, math.sqrt(1 / 12), 0.004)
end

function tests.test_uniform_between()
  local rng = lure_test.rng(2)
  local mean = moments(5000, function()
    local x = rng:uniform(-3, 5)
    luaunit.assertTrue(x >= -3 and x < 5)
    return x
  end)
  luaunit.assertAlmostEquals(mean, 1, 0.14)
  luaunit.assertEquals(rng:uniform(7, 7), 7)
  luaunit.assertTrue(rng:uniform(0.25) >= 0.25)
end

-- The widest and the narrowest interval: never the upper end, never outside.
function tests.test_uniform_never_reaches_the_end()
  local rng, high = lure_test.rng(3), 1 + 2 ^ -52
  for _ = 1, 1000 do luaunit.assertEquals(rng:uniform(1, high), 1) end
end

function tests.test_normal()
  local rng = lure_test.rng(4)
  local mean, deviation = moments(20000, function() return rng:normal() end)
  luaunit.assertAlmostEquals(mean, 0, 0.029)
  luaunit.assertAlmostEquals(deviation, 1, 0.02)
  mean, deviation = moments(20000, function() return rng:normal(10, 0.5) end)
  luaunit.assertAlmostEquals(mean, 10, 0.0142)
  luaunit.assertAlmostEquals(deviation, 0.5, 0.01)
  luaunit.assertEquals(rng:normal(3, 0), 3)
end

function tests.test_integer_reaches_both_ends_evenly()
  local rng, counts = lure_test.rng(5), {}
  for _ = 1, 6000 do
    local x = rng:integer(-1, 4)
    luaunit.assertEquals(math.type(x), "integer")
    counts[x] = (counts[x] or 0) + 1
  end
  for x = -1, 4 do
    luaunit.assertAlmostEquals(counts[x], 1000, 116)
    counts[x] = nil
  end
  luaunit.assertNil(next(counts))
  luaunit.assertEquals(rng:integer(9, 9), 9)
  luaunit.assertTrue(rng:integer(math.mininteger + 1, math.maxinteger) ~= nil)
end

-- One draw whatever p is: a probability changed by an option must not shift what comes after.
function tests.test_bernoulli_takes_one_draw()
  for _, p in ipairs { 0, 0.3, 1 } do
    local rng, other = lure_test.rng(6), lure_test.rng(6)
    rng:bernoulli(p)
    other:uniform()
    luaunit.assertEquals(rng:uniform(), other:uniform())
  end
  local rng = lure_test.rng(7)
  for _ = 1, 1000 do
    luaunit.assertFalse(rng:bernoulli(0))
    luaunit.assertTrue(rng:bernoulli(1))
  end
  local mean = moments(10000, function() return rng:bernoulli(0.3) and 1 or 0 end)
  luaunit.assertAlmostEquals(mean, 0.3, 0.0184)
end

function tests.test_choice_and_shuffle()
  local rng, counts = lure_test.rng(8), { a = 0, b = 0, c = 0 }
  for _ = 1, 3000 do
    local word = rng:choice { "a", "b", "c" }
    counts[word] = counts[word] + 1
  end
  for _, n in pairs(counts) do luaunit.assertAlmostEquals(n, 1000, 104) end
  local first = { 0, 0, 0 }
  for _ = 1, 3000 do
    local list = { 1, 2, 3 }
    luaunit.assertIs(rng:shuffle(list), list)
    first[list[1]] = first[list[1]] + 1
    table.sort(list)
    luaunit.assertEquals(list, { 1, 2, 3 })
  end
  for _, n in ipairs(first) do luaunit.assertAlmostEquals(n, 1000, 104) end
  luaunit.assertEquals(rng:shuffle {}, {})
end

-- By a list of numbers, and by a field of the elements: the first at which the sum exceeds the draw that uniform gives.
function tests.test_choice_by_probability()
  local list = { { "a", p = 0.2 }, { "never", p = 0 }, { "b", p = 0.5 }, { "c", p = 0.3 }, { "never", p = 0 } }
  local counts, probabilities = { a = 0, b = 0, c = 0 }, { 0.2, 0, 0.5, 0.3, 0 }
  local by_field, by_list, uniform = lure_test.rng(10), lure_test.rng(10), lure_test.rng(10)
  for _ = 1, 4000 do
    local u, chosen = uniform:uniform(), by_field:choice(list, "p")
    luaunit.assertEquals(chosen[1], u < 0.2 and "a" or u < 0.7 and "b" or "c")
    luaunit.assertIs(by_list:choice(list, probabilities), chosen)
    counts[chosen[1]] = counts[chosen[1]] + 1
  end
  luaunit.assertAlmostEquals(counts.a, 800, 102)
  luaunit.assertAlmostEquals(counts.b, 2000, 127)
  luaunit.assertEquals(uniform:uniform(), by_field:uniform()) -- one draw each
  luaunit.assertEquals(by_field:choice({ "only" }, { 1 }), "only")
end

function tests.test_wrong_arguments_say_what_was_expected()
  local rng, make = lure_test.rng(9), lure_test.lure.rng
  local function refused(text, f, ...) luaunit.assertErrorMsgContains(text, f, ...) end
  refused("expected a number from 2 on, the lower end, got 1", rng.uniform, rng, 2, 1)
  refused("finite", rng.uniform, rng, 0, math.huge)
  refused("expected a finite number, got nan", rng.normal, rng, 0 / 0)
  refused("deviation >= 0", rng.normal, rng, 0, -1)
  refused("expected a number from 3 on, the lower end, got 2", rng.integer, rng, 3, 2)
  refused("integer", rng.integer, rng, 1.5, 2)
  refused("too wide", rng.integer, rng, math.mininteger, math.maxinteger)
  refused("expected a probability from 0 to 1, got 1.5", rng.bernoulli, rng, 1.5)
  refused("from 0 to 1", rng.bernoulli, rng, 0 / 0)
  refused("at least one element", rng.choice, rng, {})
  refused("sum to 0.9", rng.choice, rng, { 1, 2 }, { 0.5, 0.4 })
  refused("sum to 1.5", rng.choice, rng, { { p = 0.75 }, { p = 0.75 } }, "p")
  refused("element 2 is nil", rng.choice, rng, { { p = 0.5 }, {} }, "p")
  refused("element 1 is -0.5", rng.choice, rng, { 1, 2 }, { -0.5, 1.5 })
  refused("element 1 is nan", rng.choice, rng, { 1 }, { 0 / 0 })
  refused("element 2 is 7; expected a table with the field 'p'", rng.choice, rng, { { p = 1 }, 7 }, "p")
  refused("1 probabilities for 2 elements", rng.choice, rng, { 1, 2 }, { 1 })
  refused("a list of probabilities, or the name of the field", rng.choice, rng, { 1, 2 }, 0.5)
  refused("table", rng.shuffle, rng, "abc")
  refused("expected a rng, got no value (is it called with ':'?)", rng.uniform)
  refused("expected a rng, got table", rng.uniform, {})
  refused("expected a rng, got tensor", rng.uniform, lure_test.lure.tensor { 1 })
  refused("number expected, got string", make, "seed")
  refused("stream number", make, 1, -1)
end

function tests.test_metatable_is_locked()
  luaunit.assertEquals(getmetatable(lure_test.rng(1)), false)
end

return tests
