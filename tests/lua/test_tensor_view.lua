-- Views of tensors: the same numbers seen in other shapes, and what is no view.
local luaunit = require("luaunit")

local tests = {}
local lure = lure_test.lure
local tensor = lure.tensor

local function refused(text, f, ...) luaunit.assertErrorMsgContains(text, f, ...) end

function tests.test_views()
  local t = lure.range(1, 24):reshape(2, 3, 4)
  luaunit.assertEquals(t[2][3][4], 24)
  luaunit.assertEquals(t:select(3, 2):to_table(), { { 2, 6, 10 }, { 14, 18, 22 } })
  luaunit.assertEquals(t:select(-1, 1)[2]:to_table(), { 13, 17, 21 })
  luaunit.assertEquals(t:slice(2, 2):to_table(), { { { 5, 6, 7, 8 }, { 9, 10, 11, 12 } }, { { 17, 18, 19, 20 }, { 21, 22, 23, 24 } } })
  luaunit.assertEquals(t[1]:slice(2, 1, 3, 2):to_table(), { { 1, 3 }, { 5, 7 }, { 9, 11 } })
  luaunit.assertEquals(t[1]:slice(1, -1):to_table(), { { 9, 10, 11, 12 } })
  luaunit.assertEquals(t[1]:slice(1, -2, -1):to_table(), { { 5, 6, 7, 8 }, { 9, 10, 11, 12 } })
  luaunit.assertEquals(t:slice(1, 1, 0):size(), 0)
  luaunit.assertEquals({ t:transpose():shape() }, { 2, 4, 3 })
  luaunit.assertEquals({ t:transpose(1, 3):shape() }, { 4, 3, 2 })
  luaunit.assertEquals({ t:reshape(6, -1):shape() }, { 6, 4 })
  luaunit.assertEquals({ t:reshape({ -1 }):shape() }, { 24 })
  luaunit.assertEquals(t[1]:transpose():reshape(12):to_table(), { 1, 5, 9, 2, 6, 10, 3, 7, 11, 4, 8, 12 })
  luaunit.assertEquals(tensor({ 1, 2 }):expand(2, 2):to_table(), { { 1, 2 }, { 1, 2 } })
  luaunit.assertEquals({ t:unsqueeze(2):shape() }, { 2, 1, 3, 4 })
  luaunit.assertEquals({ t:unsqueeze(-1):shape() }, { 2, 3, 4, 1 })
  luaunit.assertEquals({ t:slice(2, 1, 1):squeeze(2):shape() }, { 2, 4 })
  luaunit.assertEquals({ lure.zeros(1, 3, 1):squeeze():shape() }, { 3 })
  local view = t:transpose(1, 3):slice(1, 2, 4)
  view[1][1][1] = 100 -- the same numbers
  luaunit.assertEquals(t[1][1][2], 100)
  local copy = t:copy()
  copy[1][1][2] = 0
  luaunit.assertEquals(t[1][1][2], 100)
  luaunit.assertEquals(t:to("int32"):type(), "int32")
  luaunit.assertEquals(tensor({ 1.5, 2.5, -0.4 }):to("int32"):to_table(), { 2, 2, 0 })
end

function tests.test_views_keep_the_whole_alive()
  local view = lure.range(1, 1000):reshape(10, 100):transpose():slice(1, 3, 5):select(2, 10)
  for _ = 1, 20 do
    collectgarbage()
    lure.full({ 10, 100 }, 7)
  end
  luaunit.assertEquals(view:to_table(), { 903, 904, 905 })
end

function tests.test_views_that_are_none()
  local t = lure.zeros(2, 3)
  refused("slice: from 2 to 4 in steps of 1 does not lie within the axis: it has elements 1 to 3", t.slice, t, 2, 2, 4)
  refused("slice: from 0", t.slice, t, 1, 0)
  refused("slice: along which axis?", t.slice, t)
  refused("select: along which axis?", t.select, t)
  refused("select: index 3 is outside the tensor: it has elements 1 to 2", t.select, t, 1, 3)
  refused("reshape", t.reshape, t, 4)
  refused("reshape: the 6 numbers of shape (2, 3) cannot be divided into rows of 4", t.reshape, t, -1, 4)
  refused("reshape: only one side may be -1", t.reshape, t, -1, -1)
  refused("reshape: a side of the shape is -2; expected a whole number >= 0, or -1", t.reshape, t, -2)
  refused("expand", t.expand, t, 3, 3)
  refused("expand: a side of the shape is -1; expected a whole number >= 0", t.expand, t, -1, 3)
  refused("squeeze: the axis has 2 elements, not one", t.squeeze, t, 1)
  refused("at most 4 sides", t.reshape, t, 1, 1, 1, 1, 6)
  refused("unsqueeze: a tensor has at most 4 axes", lure.unsqueeze, lure.zeros(1, 1, 1, 1), 1)
  refused('to: the type is float16; expected "float64", "float32" or "int32"', t.to, t, "float16")
end

-- Strided views reach functions that want their numbers in a row.
function tests.test_views_reach_every_function()
  local t = tensor { { 1, 2 }, { 3, 5 } }
  luaunit.assertEquals(lure.center(t:transpose()):to_table(), lure.center(t):transpose():to_table())
  local rewards, ends = tensor { { 1, 2 }, { 3, 4 } }, tensor({ { 0, 9 }, { 1, 9 } }, "int32")
  luaunit.assertEquals(lure.discounted_returns(rewards:select(2, 1), ends:select(2, 1), 0.5):to_table(), { 2.5, 3 })
end

return tests
