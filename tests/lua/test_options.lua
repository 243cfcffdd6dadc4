-- options(..., { name = default }): what a script is told about its options.
local luaunit = require("luaunit")

local tests = {}
local options = lure_test.options

local function refused(text, f, ...) luaunit.assertErrorMsgContains(text, f, ...) end

function tests.test_defaults_and_overrides()
  luaunit.assertEquals(options({ rate = 1, word = "a" }), { rate = 1, word = "a" })
  luaunit.assertEquals(options(nil, { rate = 1 }), { rate = 1 })
  luaunit.assertEquals(options({ rate = 0.5 }, { rate = 1, word = "a" }), { rate = 0.5, word = "a" })
  luaunit.assertEquals(options({}, {}), {})
  luaunit.assertEquals(options({ on = false }, { on = true }), { on = false })
end

function tests.test_whole_and_real_numbers_are_one_type()
  luaunit.assertEquals(options({ rate = 2 }, { rate = 0.5 }).rate, 2)
  luaunit.assertEquals(options({ rate = 0.5 }, { rate = 2 }).rate, 0.5)
end

-- It would be no equal of itself where it is asked what was read.
function tests.test_nan_is_refused()
  refused("options: 'rate' is nan; expected a number", options, { rate = 0 / 0 }, { rate = 1 })
  luaunit.assertEquals(options({ rate = math.huge }, { rate = 1 }).rate, math.huge)
end

function tests.test_functions_are_allowed()
  local function given() return 2 end
  luaunit.assertIs(options({ f = given }, { f = function() return 1 end }).f, given)
end

-- Neither the defaults nor what was given may change when a script changes its options.
function tests.test_tables_are_copies()
  local defaults, given = { list = { 1, 2 }, map = { a = { 1 } } }, { list = { 3 } }
  local o = options(given, defaults)
  o.list[1], o.map.a[1] = 99, 99
  luaunit.assertEquals(given.list, { 3 })
  luaunit.assertEquals(defaults.map.a, { 1 })
end

function tests.test_unknown_option()
  refused("unknown option 'colour'", options, { colour = 1 }, { rate = 1 })
  refused("did you mean 'rate'?", options, { rat = 1 }, { rate = 1, low = 0 })
  refused("Known: low = 0, rate = 1", options, { rat = 1 }, { rate = 1, low = 0 })
  refused("unknown option 'x'; it has none", options, { x = 1 }, {})
  refused('word = "abc"', options, { x = 1 }, { word = "abc", f = print, list = {} })
end

function tests.test_wrong_type()
  refused("'rate' is a string; expected a number", options, { rate = "fast" }, { rate = 1 })
  refused("'on' is a number; expected a boolean", options, { on = 1 }, { on = true })
  refused("'list' is a number; expected a table", options, { list = 1 }, { list = {} })
  refused("'f' is a number; expected a function", options, { f = 1 }, { f = print })
end

function tests.test_a_value_without_a_name()
  refused("an option without a name (1)", options, { 5 }, { rate = 1 })
end

function tests.test_called_wrongly()
  refused("options(..., { name = default })", options)
  refused("options(..., { name = default })", options, { rate = 1 }, nil)
  refused("expected a table of options, got number", options, 3, { rate = 1 })
end

-- ---- through files ----

local function with_script(text, use)
  local path = os.tmpname()
  local file = assert(io.open(path .. ".lua", "w"))
  file:write(text)
  file:close()
  local ok, message = pcall(use, path .. ".lua")
  os.remove(path)
  os.remove(path .. ".lua")
  if not ok then error(message, 0) end
end

function tests.test_the_error_names_file_and_line()
  with_script("\nlocal o = options(..., { rate = 1 })\nreturn function() return o.rate end", function(path)
    luaunit.assertEquals(lure_test.load("learning_rate", path, { rate = 3 })(), 3)
    local text, status = lure_test.load_error("learning_rate", path, { rat = 3 })
    luaunit.assertStrContains(text, path .. ":2: ")
    luaunit.assertStrContains(text, "(learning_rate '" .. path .. "')")
    luaunit.assertEquals(status, "script_error")
  end)
end

-- A script that never asks for its options would ignore a misspelt one too.
function tests.test_a_script_without_options_refuses_all()
  with_script("return function() return 1 end", function(path)
    luaunit.assertNil(lure_test.load_error("learning_rate", path))
    luaunit.assertNil(lure_test.load_error("learning_rate", path, {}))
    luaunit.assertStrContains(lure_test.load_error("learning_rate", path, { rate = 1 }), "unknown option 'rate'")
  end)
end

function tests.test_one_file_twice_with_different_options()
  local first = lure_test.load("reward", "right_portion", { right = 5 })
  local second = lure_test.load("reward", "right_portion", { right = 7 })
  local s = { hunger = 1, portion = "large" }
  luaunit.assertEquals({ first(s), second(s), first(s) }, { 5, 7, 5 })
end

-- What a manifest says of the last script loaded.
function tests.test_resolved_options_are_recorded()
  lure_test.load("reward", "right_portion", { right = 5 })
  local records = lure_test.records()
  local last = records[#records]
  luaunit.assertEquals(last.options, { right = 5, wrong = -1, hungry_above = 0.5 })
  luaunit.assertEquals(last.role, "reward")
  luaunit.assertEquals(last.name, "right_portion")
  luaunit.assertStrMatches(last.sha256, ("[0-9a-f]"):rep(64))
  luaunit.assertStrContains(last.path, "rewards/right_portion.lua")
end

-- ---- names ----

function tests.test_a_missing_script()
  local text, status = lure_test.load_error("reward", "right_potion")
  luaunit.assertStrContains(text, "reward 'right_potion' not found; did you mean 'right_portion'?")
  luaunit.assertEquals(status, "host_io")
  luaunit.assertStrContains(lure_test.load_error("reward", "zzzzzzzz"), "looked for ")
  luaunit.assertStrContains(lure_test.load_error("reward", "no/such.lua"), "no/such.lua")
end

function tests.test_script_names()
  for path, name in pairs {
    ["rewards/right_portion.lua"] = "right_portion", ["right_portion.lua"] = "right_portion", ["worlds/foo/init.lua"] = "foo",
    ["foo/init.lua"] = "foo", ["/foo/init.lua"] = "foo", ["init.lua"] = "init", ["./init.lua"] = "init", ["../init.lua"] = "init",
    ["/init.lua"] = "init", ["a.b.lua"] = "a.b", ["a.b/c"] = "c", [".lua"] = ".lua", ["x/.lua"] = ".lua", ["init"] = "init", ["foo/init"] = "init",
  } do
    luaunit.assertEquals(lure_test.script_name(path), name, path)
  end
end

function tests.test_syntax_error()
  with_script("return function() return 1 +* 2 end", function(path)
    local text, status = lure_test.load_error("reward", path)
    luaunit.assertStrContains(text, path .. ":1: unexpected symbol near '*'")
    luaunit.assertEquals(status, "script_error")
  end)
end

function tests.test_bytecode_is_refused()
  with_script(string.dump(function() return 1 end), function(path)
    luaunit.assertStrContains(lure_test.load_error("reward", path), "attempt to load a binary chunk")
  end)
end

return tests
