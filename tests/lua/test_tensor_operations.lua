-- Every operation on tensors against arithmetic on tables: strided views, broadcasting, numbers, both float types.
local luaunit = require("luaunit")
local lists = require("lists")

local tests = {}
local lure = lure_test.lure
local tensor = lure.tensor
local each, get, set_first, get_repeated, build = lists.each, lists.get, lists.set_first, lists.get_repeated, lists.build
local joined_shape, layouts, assert_close = lists.joined_shape, lists.layouts, lists.assert_close
local random, narrowed = lists.random, lists.narrowed

local function refused(text, f, ...) luaunit.assertErrorMsgContains(text, f, ...) end

-- ---- element by element ----

local function erf(x) -- its series; enough for what is tested
  local sum, term = 0, x
  for n = 0, 60 do
    sum = sum + term / (2 * n + 1)
    term = -term * x * x / (n + 1)
  end
  return 2 / math.sqrt(math.pi) * sum
end

local maps = {
  negate = function(x) return -x end,
  exp = math.exp,
  expm1 = function(x) return math.exp(x) - 1 end,
  square = function(x) return x * x end,
  abs = math.abs,
  sign = function(x) return x > 0 and 1 or x < 0 and -1 or 0 end,
  tanh = function(x) return 1 - 2 / (math.exp(2 * x) + 1) end,
  sigmoid = function(x) return 1 / (1 + math.exp(-x)) end,
  relu = function(x) return math.max(x, 0) end,
  elu = function(x) return x > 0 and x or math.exp(x) - 1 end,
  gelu = function(x) return 0.5 * x * (1 + erf(x / math.sqrt(2))) end,
  softplus = function(x) return math.log(1 + math.exp(x)) end,
  sin = math.sin,
  cos = math.cos,
  floor = math.floor,
}
local maps_of_positive = {
  log = math.log,
  log1p = function(x) return math.log(1 + x) end,
  sqrt = math.sqrt,
}

local function check_map(name, f, low, high)
  for _, kind in ipairs { "float64", "float32" } do
    for _, sides in ipairs { { 3, 4 }, { 1 }, { 37 }, { 2, 3, 2 }, { 2, 1, 3, 2 } } do
      local list = random(low, high, table.unpack(sides))
      if kind == "float32" then list = narrowed(list) end
      local expected = build(sides, function(place) return f(get(list, place)) end)
      for i, t in ipairs(layouts(list, kind)) do
        local text = ("%s of %s, layout %d"):format(name, kind, i)
        luaunit.assertEquals(lure[name](t):type(), kind)
        assert_close(lure[name](t), expected, kind == "float64" and 1e-13 or 1e-6, text)
        luaunit.assertEquals(t[name](t):to_table(), lure[name](t):to_table(), text)
      end
    end
  end
  local x = (low + high) / 2 + 0.1
  luaunit.assertAlmostEquals(lure[name](x), f(x), 1e-13, name)
  luaunit.assertEquals(type(lure[name](x)), "number")
  luaunit.assertEquals(lure[name](tensor {}):to_table(), {})
  refused(name .. ": argument 1 is table; expected a tensor or a number", lure[name], { 1 })
end

function tests.test_maps()
  for name, f in pairs(maps) do check_map(name, f, -2, 2) end
  for name, f in pairs(maps_of_positive) do check_map(name, f, 0.01, 5) end
  luaunit.assertEquals(lure.exp(0), 1)
  luaunit.assertEquals((-tensor { 1, -2 }):to_table(), { -1, 2 })
end

local function truth(x) return x and 1 or 0 end
local combines = {
  add = function(a, b) return a + b end,
  subtract = function(a, b) return a - b end,
  multiply = function(a, b) return a * b end,
  divide = function(a, b) return a / b end,
  power = function(a, b) return a ^ b end,
  minimum = math.min,
  maximum = math.max,
  equal = function(a, b) return truth(a == b) end,
  not_equal = function(a, b) return truth(a ~= b) end,
  less = function(a, b) return truth(a < b) end,
  less_equal = function(a, b) return truth(a <= b) end,
  greater = function(a, b) return truth(a > b) end,
  greater_equal = function(a, b) return truth(a >= b) end,
}

function tests.test_combines()
  local pairs_of_shapes = { { { 3, 4 }, { 3, 4 } }, { { 3, 4 }, { 4 } }, { { 3, 1 }, { 1, 4 } }, { { 2, 3, 2 }, { 3, 1 } }, { { 5 }, { 1 } } }
  for name, f in pairs(combines) do
    for _, shapes in ipairs(pairs_of_shapes) do
      local a = random(0.5, 3, table.unpack(shapes[1]))
      local b = random(0.5, 3, table.unpack(shapes[2]))
      set_first(a, 2)
      set_first(b, 2)
      local expected = build(joined_shape(a, b), function(place) return f(get_repeated(a, place), get_repeated(b, place)) end)
      for _, x in ipairs(layouts(a)) do
        for _, y in ipairs(layouts(b)) do
          assert_close(lure[name](x, y), expected, 1e-13, name)
          assert_close(x[name](x, y), expected, 1e-13, name)
        end
      end
    end
    local list = random(0.5, 3, 2, 3)
    local t = tensor(list)
    assert_close(lure[name](t, 2), build({ 2, 3 }, function(place) return f(get(list, place), 2) end), 1e-13, name)
    assert_close(lure[name](2, t), build({ 2, 3 }, function(place) return f(2, get(list, place)) end), 1e-13, name)
    luaunit.assertAlmostEquals(lure[name](3, 2), f(3, 2), 1e-13)
    luaunit.assertEquals(lure[name](t:to("float32"), 0.1):type(), "float32") -- a number takes the tensor's type
    luaunit.assertEquals(lure[name](t:to("float32"), t):type(), "float64")
    refused(name .. ": argument 2 is no value", lure[name], t)
  end
end

function tests.test_equal_numbers()
  local a = tensor { 1, 2, 0 / 0 }
  luaunit.assertEquals(lure.equal(a, 2):to_table(), { 0, 1, 0 })
  luaunit.assertEquals(lure.not_equal(a, a):to_table(), { 0, 0, 1 })
  luaunit.assertEquals(lure.less_equal(a, 1):to_table(), { 1, 0, 0 })
  luaunit.assertEquals(lure.equal(tensor({ 1, 2 }, "int32"), 2):to_table()[2], 1)
end

function tests.test_operators()
  local a, b = tensor { 1, 2, 3 }, tensor { 4, 5, 6 }
  luaunit.assertEquals((a ^ 2):to_table(), { 1, 4, 9 })
  luaunit.assertEquals((2 ^ a):to_table(), { 2, 4, 8 })
  luaunit.assertEquals((a + b):to_table(), lure.add(a, b):to_table())
  luaunit.assertEquals((a - 1):to_table(), { 0, 1, 2 })
  luaunit.assertEquals((tensor { { 1 }, { 2 } } * a):to_table(), { { 1, 2, 3 }, { 2, 4, 6 } })
end

function tests.test_shapes_that_do_not_meet()
  refused("add: shapes (3) and (2) do not meet", lure.add, tensor { 1, 2, 3 }, tensor { 1, 2 })
  refused("shapes", lure.where, tensor { 1, 0 }, tensor { 1, 2, 3 }, 0)
  refused("matmul", lure.matmul, lure.zeros(2, 3), lure.zeros(2, 3))
end

-- A whole number beside whole numbers is one of them; arithmetic gives numbers that need not be whole.
function tests.test_numbers_beside_whole_numbers()
  local ends = tensor({ 0, 1, 2 }, "int32")
  luaunit.assertEquals({ lure.minimum(ends, 1):type(), lure.minimum(1, ends):to_table() }, { "int32", { 0, 1, 1 } })
  luaunit.assertEquals({ lure.maximum(ends, 0.5):type(), lure.maximum(ends, 0.5):to_table() }, { "float64", { 0.5, 1, 2 } })
  luaunit.assertEquals(lure.maximum(ends, 2 ^ 40):to_table(), { 2 ^ 40, 2 ^ 40, 2 ^ 40 })
  luaunit.assertEquals({ (ends + 1):type(), (ends / 2):to_table() }, { "float64", { 0, 0.5, 1 } })
  luaunit.assertEquals(lure.where(lure.equal(ends, 1), 1, 0):type(), "float64")
end

function tests.test_clamp()
  local t = tensor { -2, 0.5, 3 }
  luaunit.assertEquals(t:clamp(-1, 1):to_table(), { -1, 0.5, 1 })
  luaunit.assertEquals(t:clamp(0):to_table(), { 0, 0.5, 3 })
  luaunit.assertEquals(t:clamp(nil, 0):to_table(), { -2, 0, 0 })
  luaunit.assertEquals(t:clamp(tensor { 0, 1, 2 }, tensor { 9, 9, 2.5 }):to_table(), { 0, 1, 2.5 })
  luaunit.assertEquals(t:clamp(tensor { 0, 1, 2 }, 1.5):to_table(), { 0, 1, 1.5 })
  luaunit.assertEquals(t:clamp(-1, tensor { 0, 0, 0 }):to_table(), { -1, 0, 0 })
  luaunit.assertEquals(lure.clamp(5, 0, 1), 1)
  luaunit.assertEquals(t:clamp():to_table(), t:to_table())
  refused("clamp: the lower bound 2.0 is above the upper one, 1.0", t.clamp, t, 2, 1)
  refused("clamp: the upper bound is string", t.clamp, t, 0, "x")
end

function tests.test_where()
  local c, a, b = tensor { 1, 0, 2 }, tensor { 10, 20, 30 }, tensor { -1, -2, -3 }
  luaunit.assertEquals(lure.where(c, a, b):to_table(), { 10, -2, 30 })
  luaunit.assertEquals(lure.where(c, 1, 0):to_table(), { 1, 0, 1 })
  luaunit.assertEquals(lure.where(c, a, 0):to_table(), { 10, 0, 30 })
  luaunit.assertEquals(lure.where(c, 0, tensor { { 1 }, { 2 } }):to_table(), { { 0, 1, 0 }, { 0, 2, 0 } })
  luaunit.assertEquals(lure.where(1, 2, 3), 2)
  luaunit.assertEquals(lure.where(c, a:to("float32"), 0.1):type(), "float32")
end

-- ---- along axes ----

local function sum_of(list)
  local sum = 0
  for _, x in ipairs(list) do sum = sum + x end
  return sum
end
local function variance_of(list)
  local mean, sum = sum_of(list) / #list, 0
  for _, x in ipairs(list) do sum = sum + (x - mean) ^ 2 end
  return #list > 1 and sum / (#list - 1) or 0
end
local reductions = {
  sum = sum_of,
  mean = function(list) return sum_of(list) / #list end,
  variance = variance_of,
  deviation = function(list) return math.sqrt(variance_of(list)) end,
  min = function(list) return math.min(table.unpack(list)) end,
  max = function(list) return math.max(table.unpack(list)) end,
  logsumexp = function(list)
    local sum = 0
    for _, x in ipairs(list) do sum = sum + math.exp(x) end
    return math.log(sum)
  end,
}

-- The numbers along an axis at `place`, whose entry for that axis does not matter.
local function line(list, place, axis, n)
  local numbers, at = {}, { table.unpack(place) }
  for i = 1, n do
    at[axis] = i
    numbers[i] = get(list, at)
  end
  return numbers
end

function tests.test_reductions()
  for name, f in pairs(reductions) do
    for _, sides in ipairs { { 6 }, { 3, 4 }, { 1, 5 }, { 2, 3, 4 }, { 2, 3, 1, 2 } } do
      local list = random(-2, 2, table.unpack(sides))
      local all = {}
      each(sides, function(place) all[#all + 1] = get(list, place) end)
      for _, t in ipairs(layouts(list)) do
        luaunit.assertEquals(type(lure[name](t)), "number")
        luaunit.assertAlmostEquals(lure[name](t), f(all), 1e-12, name)
        luaunit.assertEquals(t[name](t), lure[name](t))
        for axis = 1, #sides do
          local kept = { table.unpack(sides) }
          kept[axis] = 1
          local expected = build(kept, function(place) return f(line(list, place, axis, sides[axis])) end)
          assert_close(lure[name](t, axis, true), expected, 1e-12, name)
          assert_close(lure[name](t, axis - #sides - 1, true), expected, 1e-12, name)
          if #sides > 1 then
            assert_close(lure[name](t, axis), tensor(expected):squeeze(axis):to_table(), 1e-12, name)
          else
            luaunit.assertAlmostEquals(lure[name](t, axis), expected[1], 1e-12)
          end
        end
      end
    end
    luaunit.assertAlmostEquals(lure[name](4), f { 4 }, 1e-13, name)
    refused((name == "deviation" and "variance" or name) .. ": axis 3 of a tensor of shape (2, 2): it has axes 1 to 2, or -1 to -2 from the last",
      lure[name], lure.zeros(2, 2), 3)
    refused("the axis is 1.5", lure[name], lure.zeros(2, 2), 1.5)
    refused("axis 0", lure[name], lure.zeros(2, 2), 0)
  end
  luaunit.assertEquals({ lure.sum(lure.zeros(2, 3), 1, true):shape() }, { 1, 3 })
end

local along = {
  softmax = function(list, i) return math.exp(list[i]) / math.exp(reductions.logsumexp(list)) end,
  log_softmax = function(list, i) return list[i] - reductions.logsumexp(list) end,
  cumulative_sum = function(list, i) return sum_of({ table.unpack(list, 1, i) }) end,
}

function tests.test_along()
  for name, f in pairs(along) do
    for _, sides in ipairs { { 5 }, { 3, 4 }, { 2, 3, 4 } } do
      local list = random(-2, 2, table.unpack(sides))
      for _, t in ipairs(layouts(list)) do
        for axis = 1, #sides do
          local expected = build(sides, function(place) return f(line(list, place, axis, sides[axis]), place[axis]) end)
          assert_close(lure[name](t, axis), expected, 1e-12, name)
          if axis == #sides then assert_close(t[name](t), expected, 1e-12, name) end
        end
      end
    end
  end
end

function tests.test_sorting()
  local t = tensor { { 3, 1, 2 }, { 0, 5, 0 } }
  local sorted, indices = t:sort()
  luaunit.assertEquals(sorted:to_table(), { { 1, 2, 3 }, { 0, 0, 5 } })
  luaunit.assertEquals(indices:to_table(), { { 2, 3, 1 }, { 1, 3, 2 } })
  luaunit.assertEquals(indices:type(), "int32")
  sorted, indices = lure.sort(t, 1, true)
  luaunit.assertEquals(sorted:to_table(), { { 3, 5, 2 }, { 0, 1, 0 } })
  luaunit.assertEquals(indices:to_table(), { { 1, 2, 1 }, { 2, 1, 2 } })
  local values
  values, indices = t:top_k(2)
  luaunit.assertEquals({ values:to_table(), indices:to_table() }, { { { 3, 2 }, { 5, 0 } }, { { 1, 3 }, { 2, 1 } } })
  values = lure.top_k(t, 1, 1)
  luaunit.assertEquals(values:to_table(), { { 3, 5, 2 } })
  refused("sum: the axis is a tensor; expected a whole number", function() return lure.sum(t:sort()) end)
  refused("top_k: k is 4; the axis has 3 numbers", t.top_k, t, 4)
  luaunit.assertEquals(t:gather(select(2, t:sort())):to_table(), t:sort():to_table())
end

function tests.test_where_the_largest_is()
  local t = tensor { { 3, 1, 2 }, { 0, 5, 5 } }
  luaunit.assertEquals({ t:argmax(), t:argmin(), lure.argmax(tensor { 7 }) }, { 5, 4, 1 })
  luaunit.assertEquals(math.type(t:argmax()), "integer")
  luaunit.assertEquals(t:argmax(2):to_table(), { 1, 2 })
  luaunit.assertEquals(t:argmin(1):to_table(), { 2, 1, 1 })
  luaunit.assertEquals(t:argmax(-1, true):to_table(), { { 1 }, { 2 } })
  luaunit.assertEquals(t:gather(t:argmax(2)):to_table(), { 3, 5 })
  luaunit.assertNil(tensor({}):argmax())
end

-- ---- several tensors ----

local function product(a, b)
  return build({ #a, #b[1] }, function(place)
    local sum = 0
    for k = 1, #b do sum = sum + a[place[1]][k] * b[k][place[2]] end
    return sum
  end)
end

function tests.test_matmul()
  local a, b = random(-1, 1, 3, 4), random(-1, 1, 4, 2)
  local expected = product(a, b)
  for _, x in ipairs(layouts(a)) do
    for _, y in ipairs(layouts(b)) do assert_close(lure.matmul(x, y), expected, 1e-13) end
  end
  assert_close(tensor(b):transpose():matmul(tensor(a):transpose()):transpose(), expected, 1e-13)
  luaunit.assertEquals(lure.matmul(tensor { 1, 2, 3 }, tensor { 4, 5, 6 }), 32) -- one number
  luaunit.assertEquals(lure.matmul(tensor { { 1, 2 }, { 3, 4 } }, tensor { 1, 1 }):to_table(), { 3, 7 })
  luaunit.assertEquals(lure.matmul(tensor { 1, 1 }, tensor { { 1, 2 }, { 3, 4 } }):to_table(), { 4, 6 })
  local batch = lure.stack { tensor(a), tensor(a) * 2 }
  assert_close(batch:matmul(tensor(b):expand(2, 4, 2))[2], (tensor(expected) * 2):to_table(), 1e-13)
  refused("matmul: argument 2 is number; expected a tensor", lure.matmul, batch, 2)
end

function tests.test_joining()
  local a, b = tensor { { 1, 2 }, { 3, 4 } }, tensor { { 5, 6 } }
  luaunit.assertEquals(lure.concat({ a, b }):to_table(), { { 1, 2 }, { 3, 4 }, { 5, 6 } })
  luaunit.assertEquals(lure.concat({ a, a:transpose() }, 2):to_table(), { { 1, 2, 1, 3 }, { 3, 4, 2, 4 } })
  luaunit.assertEquals(lure.concat({ a, a }, -1):to_table(), { { 1, 2, 1, 2 }, { 3, 4, 3, 4 } })
  luaunit.assertEquals(lure.stack({ tensor { 1, 2 }, tensor { 3, 4 } }):to_table(), { { 1, 2 }, { 3, 4 } })
  luaunit.assertEquals(lure.stack({ tensor { 1, 2 }, tensor { 3, 4 } }, -1):to_table(), { { 1, 3 }, { 2, 4 } })
  luaunit.assertEquals(lure.stack({ 1, 2, 3 }):to_table(), { 1, 2, 3 })
  local many = {}
  for i = 1, 5000 do many[i] = tensor { i } end
  luaunit.assertEquals(lure.concat(many):sum(), 5000 * 5001 / 2)
  refused("concat: the list is empty", lure.concat, {})
  refused("concat: argument 1 is tensor; expected a list of tensors", lure.concat, a, b)
  refused("stack: element 2 of the list is string", lure.stack, { a, "b" })
  refused("concat", lure.concat, { a, tensor { 1 } })
end

-- ---- indices ----

function tests.test_gather_and_take()
  local t = tensor { { 10, 20, 30 }, { 40, 50, 60 } }
  luaunit.assertEquals(lure.gather(t, tensor({ 3, 1 }, "int32")):to_table(), { 30, 40 })
  luaunit.assertEquals(lure.gather(t, { 3, 1 }):to_table(), { 30, 40 })
  luaunit.assertEquals(lure.gather(t, tensor { { 3, 3 }, { 1, 2 } }):to_table(), { { 30, 30 }, { 40, 50 } })
  luaunit.assertEquals(lure.gather(t, tensor { { 2, 1, 2 } }, 1):to_table(), { { 40, 20, 60 } })
  luaunit.assertEquals(t:take({ 2, 1, 2 }):to_table(), { { 40, 50, 60 }, { 10, 20, 30 }, { 40, 50, 60 } })
  luaunit.assertEquals(t:take({ 3, 1 }, 2):to_table(), { { 30, 10 }, { 60, 40 } })
  luaunit.assertEquals(t:take({ 1 }, -1):to_table(), { { 10 }, { 40 } })
  refused("take", t.take, t, { 3 })
  refused("gather", lure.gather, t, { 0, 1 })
  refused("gather", lure.gather, t, { 4, 1 })
  refused("take: the indices: number 2 is 1.5; expected whole numbers from 1", t.take, t, { 1, 1.5 })
  refused("take: the indices: expected a tensor of whole numbers from 1, got number", t.take, t, 1)
end

-- Tensors of indices count from 1 for scripts, whatever they are used for.
function tests.test_indices_count_from_one()
  local order = lure.permutation(6, lure_test.rng(3))
  local list = order:to_table()
  table.sort(list)
  luaunit.assertEquals(list, { 1, 2, 3, 4, 5, 6 })
  luaunit.assertEquals(order:sum(), 21)
  luaunit.assertEquals(lure.equal(order, order[1]):sum(), 1)
  luaunit.assertEquals(order:to("float64"):to_table(), order:to_table())
  luaunit.assertEquals((order + 0):to_table(), order:to_table())
  luaunit.assertEquals(order:copy():to_table(), order:to_table())
  luaunit.assertEquals(order:slice(1, 2, 4):to_table(), { table.unpack(order:to_table(), 2, 4) })
  luaunit.assertEquals(order:reshape(2, 3)[2][3], order[6])
  luaunit.assertEquals(lure.concat({ order, order }):to_table()[7], order[1])
  luaunit.assertEquals(lure.concat({ order, tensor { 9 } }):to_table(), lure.concat({ order:to("float64"), tensor { 9 } }):to_table())
  luaunit.assertEquals(order:take(order):to_table(), (function()
    local twice = {}
    for i = 1, 6 do twice[i] = order[order[i]] end
    return twice
  end)())
  luaunit.assertStrContains(tostring(order), "[" .. order[1] .. ", ")
  local numbers = lure.range(10, 60, 10)
  for i = 1, 6 do luaunit.assertEquals(numbers:take(order)[i], 10 * order[i]) end
  luaunit.assertEquals(numbers:take(order:slice(1, 1, 2))[2], 10 * order[2])
  local written = order:copy()
  written[1] = 4
  luaunit.assertEquals(written[1], 4)
  written:fill(2)
  luaunit.assertEquals(written:to_table(), { 2, 2, 2, 2, 2, 2 })
  luaunit.assertEquals(select(2, order:sort()):to_table(), select(2, order:to("float64"):sort()):to_table())
  luaunit.assertEquals(order:sort():to_table(), { 1, 2, 3, 4, 5, 6 })
end

function tests.test_one_hot()
  luaunit.assertEquals(lure.one_hot({ 2, 1 }, 3):to_table(), { { 0, 1, 0 }, { 1, 0, 0 } })
  luaunit.assertEquals(tensor({ { 1 } }, "int32"):one_hot(2, "float32"):to_table(), { { { 1, 0 } } })
  refused("one_hot: number 2 is 4; expected 1 to 3", lure.one_hot, { 1, 4 }, 3)
  refused("one_hot: number 1 is 0", lure.one_hot, { 0 }, 3)
end

return tests
