-- Making tensors: of one number, of ranges, at random, and what cannot be made.
local luaunit = require("luaunit")

local tests = {}
local lure = lure_test.lure
local tensor = lure.tensor

local function refused(text, f, ...) luaunit.assertErrorMsgContains(text, f, ...) end

function tests.test_making()
  luaunit.assertEquals(lure.zeros(2, 3):to_table(), { { 0, 0, 0 }, { 0, 0, 0 } })
  luaunit.assertEquals(lure.ones({ 2 }, "float32"):to_table(), { 1, 1 })
  luaunit.assertEquals(lure.ones(2, "single"):type(), "float32")
  luaunit.assertEquals(lure.full(2, 7, "int32"):to_table(), { 7, 7 })
  luaunit.assertEquals(lure.full({ 1, 2 }, 0.5):to_table(), { { 0.5, 0.5 } })
  luaunit.assertEquals(lure.zeros_like(lure.ones(2, "float32")):type(), "float32")
  luaunit.assertEquals(lure.ones_like(lure.zeros(2, 1):transpose(), "int32"):to_table(), { { 1, 1 } })
  luaunit.assertEquals(lure.range(1, 4):to_table(), { 1, 2, 3, 4 })
  luaunit.assertEquals(lure.range(0, 1, 0.25):to_table(), { 0, 0.25, 0.5, 0.75, 1 })
  luaunit.assertEquals(#lure.range(0, 1, 0.1), 11)
  luaunit.assertEquals(lure.range(3, 1, -1, "int32"):to_table(), { 3, 2, 1 })
  luaunit.assertEquals(lure.range(1, 0):to_table(), {})
  luaunit.assertEquals(tensor({ { { { 1, 2 } } } }):to_table(), { { { { 1, 2 } } } })
  luaunit.assertEquals(tensor({ 1, 2 }, "int32"):type(), "int32")
  luaunit.assertEquals(lure.zeros(0, 3):to_table(), {})
end

function tests.test_making_at_random()
  local t = lure.uniform({ 100, 100 }, lure_test.rng(1), 2, 4)
  luaunit.assertAlmostEquals(t:mean(), 3, 0.03)
  luaunit.assertAlmostEquals(t:variance(), 4 / 12, 0.01)
  luaunit.assertTrue(t:min() >= 2 and t:max() < 4)
  local n = lure.normal(10000, lure_test.rng(1), 5, 2, "float32")
  luaunit.assertAlmostEquals(n:mean(), 5, 0.1)
  luaunit.assertAlmostEquals(n:deviation(), 2, 0.1)
  luaunit.assertEquals(n:type(), "float32")
  local stream = lure_test.rng(7) -- the same numbers as one by one
  luaunit.assertEquals(lure.uniform(3, lure_test.rng(7)):to_table(), { stream:uniform(), stream:uniform(), stream:uniform() })
  luaunit.assertEquals(lure.permutation(5, lure_test.rng(2)):to_table(), lure_test.rng(2):shuffle { 1, 2, 3, 4, 5 })
end

function tests.test_making_what_is_none()
  refused("lure.zeros: of which shape?", lure.zeros)
  refused("lure.zeros: the shape is string; expected numbers, or a list of them", lure.zeros, "2")
  refused("lure.zeros: a side of the shape is -1; expected a whole number >= 0", lure.zeros, 2, -1)
  refused("lure.zeros: a side of the shape is 1.5", lure.zeros, 1.5)
  refused("lure.zeros: a shape has at most 4 sides", lure.zeros, 1, 1, 1, 1, 1)
  refused('lure.zeros: the type is float', lure.zeros, 2, "float")
  refused("a tensor of shape", lure.zeros, 1 << 31, 1 << 31)
  refused("lure.normal: argument 2 is number; expected a random stream: lure.normal(shape, rng)", lure.normal, 3, 1)
  refused("lure.normal: the standard deviation is -1", lure.normal, 3, lure_test.rng(1), 0, -1)
  refused("lure.uniform: low, 2.0, is above high, 1.0", lure.uniform, 3, lure_test.rng(1), 2, 1)
  refused("lure.range: expected finite numbers and a step other than 0", lure.range, 1, 2, 0)
  refused("lure.range: more than", lure.range, 1, 1e18)
  refused("lists nested more than 4 deep", tensor, { { { { { 1 } } } } })
  refused("row 2 is not a list of 2 lists like the first", tensor, { { { 1 }, { 2 } }, { { 1 } } })
  refused("(stack(list) makes one tensor of several)", tensor, { tensor { 1 } })
end

return tests
