-- Tensors as tables of tables, with which the tests of operations compute in plain Lua: shapes, elements, layouts.
local luaunit = require("luaunit")

local lure = lure_test.lure
local tensor = lure.tensor
local rng = lure_test.rng(5)

local function shape_of(list)
  local shape = {}
  while type(list) == "table" do
    shape[#shape + 1] = #list
    list = list[1]
  end
  return shape
end

-- Calls f with the place of each element, in row-major order.
local function each(shape, f, place, axis)
  place, axis = place or {}, axis or 1
  if axis > #shape then return f(place) end
  for i = 1, shape[axis] do
    place[axis] = i
    each(shape, f, place, axis + 1)
  end
end

local function get(list, place)
  for i = 1, #place do list = list[place[i]] end
  return list
end

local function set_first(list, x)
  while type(list[1]) == "table" do list = list[1] end
  list[1] = x
end

local function build(shape, f)
  if #shape == 0 then return f {} end
  local out = {}
  each(shape, function(place)
    local list = out
    for i = 1, #place - 1 do
      list[place[i]] = list[place[i]] or {}
      list = list[place[i]]
    end
    list[place[#place]] = f(place)
  end)
  return out
end

-- An element of a list repeated over a larger shape, as NumPy does it; a number is the same everywhere.
local function get_repeated(list, place)
  if type(list) == "number" then return list end
  local shape, own = shape_of(list), {}
  for i = 1, #shape do
    local at = place[i + #place - #shape]
    own[i] = shape[i] == 1 and 1 or at
  end
  return get(list, own)
end

local function joined_shape(a, b)
  a, b = shape_of(a), shape_of(b)
  local n, shape = math.max(#a, #b), {}
  for i = 1, n do
    local x, y = a[i - n + #a] or 1, b[i - n + #b] or 1
    shape[i] = x == 1 and y or x
  end
  return shape
end

local function assert_close(got, expected, margin, text)
  if type(got) == "userdata" then got = got:to_table() end
  luaunit.assertEquals(shape_of(got), shape_of(expected), text)
  each(shape_of(expected), function(place)
    local x, y = get(got, place), get(expected, place)
    local same = x == y or (x ~= x and y ~= y)
    if not same then luaunit.assertAlmostEquals(x, y, margin * math.max(1, math.abs(y)), text) end
  end)
end

-- The same numbers in several layouts: as they come, with gaps, transposed, with another axis in front.
local function layouts(list, kind)
  local t = tensor(list, kind)
  local all = { t }
  if t:size() == 0 then return all end
  local wide = lure.zeros(#list * 2, table.unpack(shape_of(list), 2)):to(kind or "float64")
  local gaps = wide:slice(1, 2, -1, 2)
  gaps:copy_from(t)
  all[2] = gaps
  local sides = { t:shape() }
  if #sides > 1 then
    local turned = t:transpose(1, #sides):copy():transpose(1, #sides)
    luaunit.assertEquals(turned:to_table(), list)
    all[3] = turned
  end
  if #sides < 4 then all[#all + 1] = lure.stack({ t:copy():fill(9), t })[2] end
  return all
end

local function random(low, high, ...) return lure.uniform({ ... }, rng, low, high):to_table() end

local function narrowed(list) return tensor(list, "float32"):to_table() end

return {
  shape_of = shape_of, each = each, get = get, set_first = set_first, build = build, get_repeated = get_repeated,
  joined_shape = joined_shape, assert_close = assert_close, layouts = layouts, random = random, narrowed = narrowed,
}
