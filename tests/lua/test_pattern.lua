-- Patterns: the engine has a matcher of its own, which must do what Lua's does.
local luaunit = require("luaunit")

local tests = {}

-- What both make of the same call: results, or the message.
local function assert_same(name, ...)
  local expected = table.pack(pcall(string[name], ...))
  local got = table.pack(pcall(lure_test.string[name], ...))
  if expected[1] == false then
    expected[2] = expected[2]:gsub("to 'string%.", "to '") -- how a function that is called from here is named
    got[2] = got[2]:gsub("to '%?'", "to '" .. name .. "'")
  end
  luaunit.assertEquals(got, expected, name .. "\n" .. table.concat({ tostring((...)), tostring((select(2, ...))) }, "\n"))
end

local function all_matches(of, ...)
  local list = {}
  local ok, message = pcall(function(...)
    for a, b, c in of.gmatch(...) do list[#list + 1] = { a, b, c } end
  end, ...)
  list.ok, list.message = ok, message
  return list
end

local function assert_same_everywhere(text, pattern)
  assert_same("find", text, pattern)
  assert_same("match", text, pattern)
  assert_same("find", text, pattern, 3)
  assert_same("match", text, pattern, -2)
  assert_same("gsub", text, pattern, "<%0>")
  assert_same("gsub", text, pattern, "%1%%", 2)
  assert_same("gsub", text, pattern, function(a, b) return b or (a == "a" and "A") end)
  assert_same("gsub", text, pattern, { a = "1", ab = 2, b = false })
  luaunit.assertEquals(all_matches(lure_test.string, text, pattern), all_matches(string, text, pattern), text .. "\n" .. pattern)
end

function tests.test_patterns_written_by_hand()
  local texts = { "", "a", "ab", "hello world", "key = value, other=thing", "  spaces  ", "THE (quick) fox", "x^2 + y^2",
                  "f(a(b)c)d", "2026-11-23", "a.b.c", "aXb\0cXd", "[[x]]", "%d", "\xff\xe9\n\t", "aaaaab", "--[[ c ]]--" }
  local patterns = { "", ".", "a", "^a", "b$", "^$", "a*", "a+", "a-", "a?", ".-b", "(.)", "()", "(a)(b)", "(a*(.)%w(%s*))",
    "%a+", "%A+", "%d%d%d%d%-%d%d", "(%w+)%s*=%s*(%w+)", "^%s*(.-)%s*$", "%b()", "%b[]", "%bxx", "%f[%a]%a+", "%f[%z]",
    "%f[%a]%f[^%a]", "[abc]", "[^abc]+", "[a-c]", "[%a-]+", "[]]", "[^]]", "[]-]", "[a-]", "[-a]", "[%]]", "[%%]", "[a-%%]",
    "(.)%1", "(.+)%1", "%1", "(%1)", "(()", "())", "(", ")", "[", "[^", "[]", "[a", "%", "a%", "%f", "%fa", "%b", "%bx", "[%",
    "[a-", "x*$", "$", "^", "a$b", "$a", "^^", "a^", ".*", "(.*)", "(.-)$", "%g+", "%c", "%x+", "%u%u+", "%l+", "%p", "%S+",
    "[%w_]+", "[%s%p]", "[^%s]+", "\0", "[\0]", "%z", "%Z+", "()a()", "(a?)(a?)(a?)", ".-.-.-b", "%2", "(a)%2", "%b()()",
    "()()()()()()()()()()()()()()()()()()()()()()()()()()()()()()()()", "()()()()()()()()()()()()()()()()()()()()()()()()()()()()()()()()()" }
  for _, text in ipairs(texts) do
    for _, pattern in ipairs(patterns) do assert_same_everywhere(text, pattern) end
  end
end

function tests.test_patterns_at_random()
  local rng = lure_test.rng(5)
  local letters = { "a", "b", "c", "-", "(", ")", " ", "1" }
  local items = { "a", "b", ".", "%a", "%d", "[ab]", "[^a]", "[a-c]", "(", ")", "()", "%1", "%2", "%b()", "%f[%a]", "$", "^", "%-", "%",
                  "[", "]", " " }
  local marks = { "", "", "", "*", "+", "-", "?" }
  for _ = 1, 1500 do
    local text, pattern = {}, {}
    for i = 1, rng:integer(0, 9) do text[i] = rng:choice(letters) end
    for i = 1, rng:integer(1, 6) do pattern[i] = rng:choice(items) .. rng:choice(marks) end
    assert_same_everywhere(table.concat(text), table.concat(pattern))
  end
end

function tests.test_pattern_arguments()
  for _, name in ipairs { "find", "match", "gmatch", "gsub" } do
    assert_same(name)
    assert_same(name, "a")
    assert_same(name, "a", {})
    assert_same(name, {}, "a")
  end
  for _, start in ipairs { -100, -3, -1, 0, 1, 3, 4, 100, math.maxinteger, math.mininteger } do
    assert_same("find", "abc", "", start)
    assert_same("find", "abc", "b", start, true)
    assert_same("match", "abc", "()", start)
    luaunit.assertEquals(all_matches(lure_test.string, "abc", "()", start), all_matches(string, "abc", "()", start))
  end
  assert_same("find", "a.b", ".", 2, true)
  assert_same("find", "a%b", "%", 1, true)
  assert_same("find", "a", "b", "x")
  assert_same("find", 123, 2)
  for _, replacement in ipairs { "%", "%a", "%9", "%2", "x%1y", "%0%0", "", 5, "a\0b" } do assert_same("gsub", "abc", "(b)", replacement) end
  assert_same("gsub", "abc", "b", true)
  assert_same("gsub", "abc", "b")
  assert_same("gsub", "abc", "b", function() return {} end)
  assert_same("gsub", "abc", ".", "x", 0)
  assert_same("gsub", "abc", ".", "x", -1)
  assert_same("gsub", "abc", "", "-")
  assert_same("gsub", ("a"):rep(100000), "a", "bc")
  assert_same("find", ("a"):rep(1000), ("a?"):rep(250) .. "b")
  assert_same("find", ("a"):rep(300), ("(a"):rep(20) .. (")"):rep(20))
end

return tests
