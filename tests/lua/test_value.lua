-- Values as text and back: the literals of --set, the text that run ids come from, JSON, and where a setting goes.
local luaunit = require("luaunit")

local tests = {}
local parse, write, json, set = lure_test.parse, lure_test.write, lure_test.json, lure_test.set

local function refused(text, f, ...) luaunit.assertErrorMsgContains(text, f, ...) end

function tests.test_literals()
  local cases = {
    { "1", 1 }, { "-2.5", -2.5 }, { "1e-3", 0.001 }, { "0x10", 16 }, { ".5", 0.5 }, { " 7 ", 7 },
    { "true", true }, { "false", false }, { "nil", nil },
    { '"a b"', "a b" }, { "'it'", "it" }, { [["a\"b\\c\n"]], 'a"b\\c\n' }, { '""', "" },
    { "{}", {} }, { "{ 1, 2, 3 }", { 1, 2, 3 } }, { "{1,2,}", { 1, 2 } }, { "{ 1; 2 }", { 1, 2 } },
    { "{ a = 1, b = { 'x' } }", { a = 1, b = { "x" } } },
    { '{ "constant", rate = 0.1 }', { "constant", rate = 0.1 } },
    { "{ [1] = 5, ['two words'] = 6, [-1] = 7 }", { 5, ["two words"] = 6, [-1] = 7 } },
    { "{ true, x = false }", { true, x = false } },
    { "{from=1,to=30}", { from = 1, to = 30 } },
  }
  for _, case in ipairs(cases) do
    local value, is_literal = parse(case[1])
    luaunit.assertEquals({ value, is_literal }, { case[2], true })
  end
end

function tests.test_whole_numbers_stay_whole()
  luaunit.assertEquals(math.type(parse("3")), "integer")
  luaunit.assertEquals(math.type(parse("3.0")), "float")
  luaunit.assertEquals(parse("9007199254740993"), 9007199254740993)
end

-- What is no literal is a string as it stands: names, paths, and whatever else a shell lets through.
function tests.test_everything_else_is_a_string()
  for _, text in ipairs { "right_portion", "my_rewards/kinder.lua", "", "{ 1, 2", "1 2", "{ x }", "{ 1 } 2", '"open', "a = 1",
                          "os.exit()", "{ f() }", "truely", "nil nil", "1,2", "[1]", "{ [nil] = 1 }", "--x" } do
    local value, is_literal = parse(text)
    luaunit.assertEquals({ value, is_literal }, { text, false })
  end
end

function tests.test_deep_nesting_is_no_literal()
  local deep = ("{"):rep(40) .. ("}"):rep(40)
  luaunit.assertEquals({ parse(deep) }, { deep, false })
  local fine = ("{"):rep(30) .. ("}"):rep(30)
  luaunit.assertEquals(type(parse(fine)), "table")
  local very = ("{"):rep(100000)
  luaunit.assertEquals({ parse(very) }, { very, false })
end

-- ---- writing ----

function tests.test_written_text()
  luaunit.assertEquals(write(nil), "nil")
  luaunit.assertEquals(write(0.1), "0.1")
  luaunit.assertEquals(write(3), "3")
  luaunit.assertEquals(write(3.0), "3.0")
  luaunit.assertEquals(write(-0.0), "-0.0")
  luaunit.assertEquals(write(math.maxinteger), "9223372036854775807")
  luaunit.assertEquals(write(1e15), "1000000000000000.0")
  luaunit.assertEquals(write("a\0b\r7\x7f"), [["a\000b\0137\127"]])
  luaunit.assertEquals(write({ 1, nil, 3 }), "{1, [3] = 3}")
  luaunit.assertEquals(write(1e300), "1e+300")
  luaunit.assertEquals(write('a"b\\c\nd'), [["a\"b\\c\nd"]])
  luaunit.assertEquals(write({ 1, { 2 }, x = true }), "{1, {2}, x = true}")
  luaunit.assertEquals(write({ z = 1, a = 2, M = 3, [10] = 4, [2.5] = 5 }), "{[2.5] = 5, [10] = 4, M = 3, a = 2, z = 1}")
  luaunit.assertEquals(write({ ["end"] = 1, ["two words"] = 2 }), '{["end"] = 1, ["two words"] = 2}')
  luaunit.assertEquals(write({ [true] = 1, [false] = 2 }), "{[false] = 2, [true] = 1}")
  luaunit.assertStrContains(write(function() end), "<function at ")
end

function tests.test_numbers_read_back_to_the_same_bits()
  local rng = lure_test.rng(3)
  for _ = 1, 2000 do
    local x = rng:normal() * 10 ^ rng:integer(-300, 300)
    luaunit.assertEquals(("%a"):format(parse(write(x))), ("%a"):format(x))
  end
  luaunit.assertEquals(load("return " .. write(math.huge))(), math.huge)
  luaunit.assertEquals(load("return " .. write(-math.huge))(), -math.huge)
end

-- By the parser of --set and by Lua: the same value of the same kind.
function tests.test_odd_values_read_back()
  for _, value in ipairs { 3, 3.0, -0.0, 2 ^ 53, 2 ^ 63, 1e15, 123456789012345680.0, math.maxinteger, math.mininteger, 1 << 53 | 1,
                           -7, math.huge, -math.huge, "\0", "a\0001", "\r\n\t\v\27[0m", "\\0", "\x7f\xff", "" } do
    for _, back in ipairs { (parse(write(value))), load("return " .. write(value))() } do
      luaunit.assertEquals(back, value)
      luaunit.assertEquals(math.type(back), math.type(value), write(value))
      if value == 0 then luaunit.assertEquals(1 / back, 1 / value) end
    end
  end
  for _, back in ipairs { (parse(write(0 / 0))), load("return " .. write(0 / 0))() } do luaunit.assertTrue(back ~= back) end
  luaunit.assertEquals(math.type(parse(write({ x = 0 / 0 })).x), "float")
  luaunit.assertEquals(parse([["\65\0661\9"]]), "AB1\t")
  for _, text in ipairs { [["\256"]], [["\x"]], [["\"]], "{ [0/0] = 1 }", "0/1" } do luaunit.assertEquals({ parse(text) }, { text, false }) end
  local holes = { 1, nil, 3, nil, 5 }
  luaunit.assertEquals(parse(write(holes)), holes)
end

-- Lua takes 2^61 for its length.
function tests.test_a_table_with_a_length_without_end()
  local text, powers = {}, {}
  for i = 1, 1024 do text[i] = "7" end
  for i = 11, 61 do powers[i - 10] = ("[%d]=7"):format(1 << i) end
  local t = load("return {" .. table.concat(powers, ",") .. ",[1025]=7," .. table.concat(text, ",") .. "}")()
  assert(#t > 1e18)
  luaunit.assertEquals(parse(write(t)), t)
end

function tests.test_tables_read_back()
  local value = { 1, "two", { x = { y = { 3.5 } } }, ["a key"] = false, [7] = "\t\r" }
  luaunit.assertEquals(parse(write(value)), value)
end

-- The same table filled in another order, in another place in memory: the same text.
function tests.test_order_of_filling_does_not_show()
  local forward, backward = {}, {}
  for i = 1, 100 do forward["key" .. i] = i end
  for i = 100, 1, -1 do backward["key" .. i] = i end
  luaunit.assertEquals(write(forward), write(backward))
  luaunit.assertEquals(json(forward), json(backward))
end

function tests.test_json()
  luaunit.assertEquals(json(1.5), "1.5")
  luaunit.assertEquals(json("a\"b\n\xff"), '"a\\"b\\n\u{FFFD}"')
  luaunit.assertEquals(json(0 / 0), "null")
  luaunit.assertEquals(json(true), "true")
  luaunit.assertEquals((json({ 1, 2 }):gsub("%s", "")), "[1,2]")
  luaunit.assertEquals((json({ b = 1, a = { "x" } }):gsub("%s", "")), '{"a":["x"],"b":1}')
  luaunit.assertEquals((json({ "constant", rate = 1 }):gsub("%s", "")), '{"1":"constant","rate":1}')
end

function tests.test_a_table_inside_itself_is_refused()
  local loop = {}
  loop.loop = loop
  refused("nested more than", write, loop)
  refused("nested more than", json, loop)
  refused("nested more than", lure_test.copy, loop)
end

function tests.test_keys_without_an_order_are_refused()
  refused("a key of type table", write, { [{}] = 1 })
  refused("a key of type function", json, { [print] = 1 })
end

function tests.test_copies_share_nothing()
  local value = { 1, { 2 }, x = { y = 3 } }
  local copy = lure_test.copy(value)
  luaunit.assertEquals(copy, value)
  copy[2][1], copy.x.y = 9, 9
  luaunit.assertEquals(value, { 1, { 2 }, x = { y = 3 } })
end

-- ---- --set ----

function tests.test_set()
  local function experiment()
    return { reward = "right_portion", learning_rate = { "constant", rate = 1 }, updates = 10,
             policy = { { "linear", weight = 20 }, "bernoulli" } }
  end
  local cases = {
    { "updates", "500", function(e) e.updates = 500 end },
    { "learning_rate.rate", "0.1", function(e) e.learning_rate.rate = 0.1 end },
    { "learning_rate", "linear", function(e) e.learning_rate = "linear" end },
    { "learning_rate", "{ 'linear', first = 1 }", function(e) e.learning_rate = { "linear", first = 1 } end },
    { "reward", "my/kinder.lua", function(e) e.reward = "my/kinder.lua" end },
    { "reward.right", "2", function(e) e.reward = { "right_portion", right = 2 } end }, -- a bare name gets options
    { "policy.1.weight", "10", function(e) e.policy[1].weight = 10 end },
    { "policy.2", "categorical", function(e) e.policy[2] = "categorical" end },
    { "limits.step_seconds", "2", function(e) e.limits = { step_seconds = 2 } end },
    { "updates", "nil", function(e) e.updates = nil end },
    { "a.b.c", "1", function(e) e.a = { b = { c = 1 } } end },
  }
  for _, case in ipairs(cases) do
    local expected = experiment()
    case[3](expected)
    luaunit.assertEquals(set(experiment(), case[1], case[2]), expected)
  end
end

function tests.test_set_refuses()
  refused("'updates' is 10 and has no options; set 'updates' itself", set, { updates = 10 }, "updates.x", "1")
  refused("an empty name in the path", set, {}, "a..b", "1")
  refused("an empty name in the path", set, {}, ".", "1")
end

return tests
