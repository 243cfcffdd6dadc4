-- Tensors as scripts use them.
local luaunit = require("luaunit")

local tests = {}
local lure = lure_test.lure
local tensor = lure.tensor

local function refused(text, f, ...) luaunit.assertErrorMsgContains(text, f, ...) end

function tests.test_from_and_to_tables()
  luaunit.assertEquals(tensor({ 1, 2.5, -3 }):to_table(), { 1, 2.5, -3 })
  luaunit.assertEquals(tensor({ { 1, 2 }, { 3, 4 }, { 5, 6 } }):to_table(), { { 1, 2 }, { 3, 4 }, { 5, 6 } })
  luaunit.assertEquals(tensor({}):to_table(), {})
  luaunit.assertEquals({ tensor({ { 1, 2, 3 }, { 4, 5, 6 } }):shape() }, { 2, 3 })
  luaunit.assertEquals({ tensor({ 7 }):shape() }, { 1 })
  luaunit.assertEquals(#tensor { 7, 8 }, 2)
  luaunit.assertEquals(#tensor { { 7, 8 } }, 1)
end

function tests.test_elements()
  local t = tensor { 10, 20, 30 }
  luaunit.assertEquals(t[1] + t[3], 40)
  t[2] = -1
  luaunit.assertEquals(t:to_table(), { 10, -1, 30 })
  for _, i in ipairs { 0, 4, -1, math.maxinteger, math.mininteger } do
    refused("outside the tensor: it has elements 1 to 3", function() return t[i] end)
    refused("outside the tensor", function() t[i] = 1 end)
  end
  refused("the index is 1.5; expected a whole number from 1 to 3", function() return t[1.5] end)
  refused("the index is the string '1'; expected a whole number", function() t["1"] = 2 end)
  refused("the index is nan", function() return t[0 / 0] end)
  refused("a tensor has no 'length'", function() return t.length end)
  refused("t[i] = value: argument 3 is nil; expected a tensor or a number", function() t[1] = nil end)
  refused("t[i] = value: argument 3 is string", function() t[1] = "2" end)
end

function tests.test_rows_are_views()
  local t = tensor { { 1, 2 }, { 3, 4 } }
  local row = t[2]
  row[1] = 30
  luaunit.assertEquals(t:to_table(), { { 1, 2 }, { 30, 4 } })
  luaunit.assertEquals(row:sum(), 34)
  luaunit.assertEquals({ row:shape() }, { 2 })
  refused("outside", function() return t[3] end)
end

function tests.test_a_row_keeps_the_whole_alive()
  local row = tensor({ { 1, 2 }, { 3, 4 } })[2]
  for _ = 1, 50 do
    collectgarbage()
    tensor { 9, 9, 9, 9, 9, 9 }
  end
  luaunit.assertEquals(row:to_table(), { 3, 4 })
end

function tests.test_arithmetic()
  local a, b = tensor { 1, 2, 3 }, tensor { 4, -5, 0.5 }
  luaunit.assertEquals((a + b):to_table(), { 5, -3, 3.5 })
  luaunit.assertEquals((a - b):to_table(), { -3, 7, 2.5 })
  luaunit.assertEquals((a * b):to_table(), { 4, -10, 1.5 })
  luaunit.assertEquals((a / b):to_table(), { 0.25, -0.4, 6 })
  luaunit.assertEquals((-a):to_table(), { -1, -2, -3 })
  luaunit.assertEquals((2 * a + 1):to_table(), { 3, 5, 7 })
  luaunit.assertEquals((6 / a):to_table(), { 6, 3, 2 })
  luaunit.assertEquals((10 - a):to_table(), { 9, 8, 7 })
  luaunit.assertEquals(a:to_table(), { 1, 2, 3 })
  luaunit.assertEquals((tensor { { 1, 2 }, { 3, 4 } } * 2):to_table(), { { 2, 4 }, { 6, 8 } })
end

function tests.test_arithmetic_refuses_what_does_not_fit()
  local a = tensor { 1, 2, 3 }
  refused("shapes (3) and (2)", function() return a + tensor { 1, 2 } end)
  refused("add: argument 2 is table; expected a tensor or a number", function() return a + {} end)
  refused("multiply: argument 1 is nil; expected a tensor or a number", function() return nil * a end)
  refused("power: argument 2 is string", function() return a ^ "2" end)
end

function tests.test_kinds()
  local single = lure_test.tensor("float32", 2, nil, { 0.1, 3 })
  local whole = lure_test.tensor("int32", 2, nil, { 1, -7 })
  luaunit.assertAlmostEquals(single[1], 0.1, 1e-8)
  luaunit.assertNotEquals(single[1], 0.1)
  luaunit.assertEquals(math.type(whole[2]), "integer")
  luaunit.assertStrContains(tostring(single), "float32 (2)")
  luaunit.assertStrContains(tostring(whole), "int32 (2) [1, -7]")
  luaunit.assertStrContains(tostring(single + single), "float32") -- of the same kind
  luaunit.assertStrContains(tostring(single + 1), "float32")
  luaunit.assertStrContains(tostring(single + tensor { 1, 2 }), "float64") -- of two the wider
  luaunit.assertEquals((whole / 2):to_table(), { 0.5, -3.5 }) -- of whole numbers float64
end

function tests.test_reductions()
  local t = tensor { 2, 4, 4, 4, 5, 5, 7, 9 }
  luaunit.assertEquals(t:sum(), 40)
  luaunit.assertEquals(t:mean(), 5)
  luaunit.assertEquals(t:min(), 2)
  luaunit.assertEquals(t:max(), 9)
  luaunit.assertAlmostEquals(t:deviation(), math.sqrt(32 / 7), 1e-15)
  luaunit.assertEquals(tensor({ 3 }):deviation(), 0)
  luaunit.assertEquals(tensor({ { 1, 2 }, { 3, 4 } }):sum(), 10)
  luaunit.assertEquals(tensor({ { 1, 2 }, { 3, 4 } }):mean(), 2.5)
end

function tests.test_reductions_of_nothing()
  local t = tensor {}
  luaunit.assertEquals(t:sum(), 0)
  luaunit.assertNil(t:mean())
  luaunit.assertNil(t:deviation())
  luaunit.assertNil(t:min())
  luaunit.assertNil(t:max())
end

function tests.test_making_refuses_what_is_no_list_of_numbers()
  refused("element 2 is a boolean", tensor, { 1, true })
  refused("element 2 is a nil", tensor, { 1, nil, 3 })
  refused("row 2", tensor, { { 1, 2 }, { 3 } })
  refused("row 2", tensor, { { 1, 2 }, 3 })
  refused("table expected, got no value", tensor)
  refused("table expected, got number", tensor, 5)
end

function tests.test_methods_want_a_colon()
  refused("sum: argument 1 is no value; expected a tensor or a number (is it called with ':'?)", tensor({ 1 }).sum)
  refused("expected a tensor, got number (is it called with ':'?)", tensor({ 1 }).shape, 3)
  local mean, shape = lure.mean, tensor({ 1 }).shape -- a name without an object: no colon is missing
  for text, call in pairs { ["mean: argument 1 is nil; expected a tensor or a number"] = function() local x = mean(nil) return x end,
                            ["shape: argument 1: expected a tensor, got nil"] = function() local x = shape(nil) return x end } do
    local _, message = pcall(call)
    luaunit.assertEquals(message:match(": (.*)"), text)
  end
  refused("sum: argument 1 is rng", tensor({ 1 }).sum, lure_test.rng(1))
end

function tests.test_text()
  luaunit.assertEquals(tostring(lure.range(1, 100)), "float64 (100) [1, 2, 3, 4, ..., 97, 98, 99, 100]")
  luaunit.assertEquals(tostring(lure.range(1, 10)), "float64 (10) [1, 2, 3, 4, 5, 6, 7, 8, 9, 10]")
  luaunit.assertEquals(tostring(tensor { { 1, -2.5 }, { 3, 4 } }), "float64 (2, 2)\n[[   1, -2.5],\n [   3,    4]]")
  luaunit.assertEquals(tostring(tensor { 1 / 3, 0 / 0, math.huge, -math.huge, 1e-20, 123456789 }),
    "float64 (6) [0.33333, nan, inf, -inf, 1e-20, 1.2346e+08]")
  luaunit.assertEquals(tostring(tensor({ { { 1, 2 }, { 3, 4 } }, { { 5, 6 }, { 7, 8 } } }, "int32")),
    "int32 (2, 2, 2)\n[[[1, 2],\n  [3, 4]],\n\n [[5, 6],\n  [7, 8]]]")
  luaunit.assertEquals(tostring(tensor {}), "float64 (0) []")
  luaunit.assertEquals(tostring(lure.zeros(2, 0, "float32")), "float32 (2, 0)\n[]")
  luaunit.assertEquals(tostring(tensor { { 1, 2 }, { 3, 4 } }:transpose()), "float64 (2, 2)\n[[1, 3],\n [2, 4]]")
  local cut = tostring(lure.range(1, 400):reshape(20, 20))
  luaunit.assertStrContains(cut, "[[  1,   2,   3,   4, ...,  17,  18,  19,  20],\n")
  luaunit.assertStrContains(cut, " ...,\n [321,")
  local _, lines = cut:gsub("\n", "")
  luaunit.assertEquals(lines, 9)
  luaunit.assertEquals(tostring(lure.permutation(1, lure_test.rng(1))), "int32 (1) [1]")
end

function tests.test_what_a_tensor_says_of_itself()
  local t = lure.zeros(2, 3, 4, "float32")
  luaunit.assertEquals({ t:shape() }, { 2, 3, 4 })
  luaunit.assertEquals({ t:size(), t:type(), #t }, { 24, "float32", 2 })
  luaunit.assertEquals(tensor({ { 7 } }):item(), 7)
  refused("item: a tensor of shape (2) is not one number", tensor({ 1, 2 }).item, tensor { 1, 2 })
  refused("a tensor has no 'shap'; did you mean 'shape'?", function() return t.shap end)
  refused("a tensor has no 'zzzzzzzz'; it has [i], abs, add, ", function() return t.zzzzzzzz end)
end

-- ---- writing ----

function tests.test_writing_rows_and_all()
  local t = lure.zeros(3, 2)
  t[1] = 5
  t[2] = tensor { 6, 7 }
  t[3][2] = 9
  luaunit.assertEquals(t:to_table(), { { 5, 5 }, { 6, 7 }, { 0, 9 } })
  t[1] = t[2]
  t[2] = tensor { 1 } -- one for all
  luaunit.assertEquals(t:to_table(), { { 6, 7 }, { 1, 1 }, { 0, 9 } })
  t:transpose()[2] = tensor { 10, 20, 30 }
  luaunit.assertEquals(t:to_table(), { { 6, 10 }, { 1, 20 }, { 0, 30 } })
  luaunit.assertIs(t:fill(2), t)
  luaunit.assertEquals(t:to_table(), { { 2, 2 }, { 2, 2 }, { 2, 2 } })
  luaunit.assertIs(t:copy_from(tensor { { 1, 2 }, { 3, 4 }, { 5, 6 } }), t)
  t:slice(1, 1, 3, 2):add_scaled(tensor { 10, 20 }, 0.5)
  luaunit.assertEquals(t:to_table(), { { 6, 12 }, { 3, 4 }, { 10, 16 } })
  luaunit.assertIs(t:add_scaled(1), t)
  luaunit.assertEquals(t:to_table(), { { 7, 13 }, { 4, 5 }, { 11, 17 } })
  local square = tensor { { 1, 2 }, { 3, 4 } }
  square:copy_from(square:transpose()) -- of the same numbers
  luaunit.assertEquals(square:to_table(), { { 1, 3 }, { 2, 4 } })
  local single = lure.zeros(2, "float32"):add_scaled(tensor { 0.1, 3 }, 2)
  luaunit.assertEquals(single:type(), "float32")
  luaunit.assertAlmostEquals(single[1], 0.2, 1e-7)
  local whole = tensor({ 1, 2 }, "int32")
  whole[1] = 3.7
  luaunit.assertEquals(whole:to_table(), { 4, 2 })
end

function tests.test_writing_what_does_not_fit()
  local t = lure.zeros(3, 2)
  refused("t[i] = value: numbers of shape (3) do not fit into shape (2)", function() t[1] = tensor { 1, 2, 3 } end)
  refused("copy_from: numbers of shape (1, 3, 2) do not fit into shape (3, 2)", t.copy_from, t, lure.zeros(1, 3, 2))
  refused("copy_from: argument 2 is table", t.copy_from, t, {})
  refused("number expected", t.fill, t, "x")
  refused("index 4 is outside the tensor: it has elements 1 to 3", function() t[4] = 1 end)
  refused("add_scaled: argument 2 is no value", t.add_scaled, t)
end

function tests.test_metatable_is_locked() luaunit.assertEquals(getmetatable(tensor { 1 }), false) end

-- Numbers lie inside the userdata: the memory limit sees them, and garbage does not pile up.
function tests.test_temporaries_are_collected_in_time()
  luaunit.assertEquals({ lure_test.eval([[
    local t = lure.tensor { 1, 2, 3, 4, 5, 6, 7, 8 }
    local list = {}
    for i = 1, 2000 do list[i] = i end
    local long = lure.tensor(list)
    for _ = 1, 3000 do long = long + 1 end -- 48 MB in all
    return long[1] ]], { memory_mb = 4 }) }, { true, 3001 })
end

return tests
