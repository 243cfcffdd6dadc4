-- Limits, and what a script cannot do to its host: each text runs in a sandbox of its own, as a run would.
local luaunit = require("luaunit")

local tests = {}
local eval = lure_test.eval

local function assert_limit(status, text, options)
  options = options or {}
  options.step_seconds = options.step_seconds or 0.05
  local began = os.time()
  local ok, message, got = eval(text, options)
  luaunit.assertFalse(ok, text)
  luaunit.assertEquals(got, status, text .. "\n" .. tostring(message))
  luaunit.assertTrue(os.time() - began <= 20, text)
  return message
end

local function assert_refused(expected, text, options)
  local ok, message, status = eval(text, options)
  luaunit.assertFalse(ok, text)
  luaunit.assertEquals(status, "script_error", text .. "\n" .. message)
  luaunit.assertStrContains(message, expected)
end

function tests.test_values_come_back()
  luaunit.assertEquals({ eval("return 1, 2.5, 'x', true, { 1, { a = 2 } }") }, { true, 1, 2.5, "x", true, { 1, { a = 2 } } })
  luaunit.assertEquals({ eval("") }, { true })
end

-- ---- time ----

function tests.test_endless_loops_end()
  for _, text in ipairs {
    "while true do end",
    "repeat local x = 1 until false",
    "for i = 1, math.huge do end",
    "::a:: goto a",
    "local function f() return f() end f()",
    "local t = setmetatable({}, { __index = function(t, k) while true do end end }) return t.x",
    "local t = setmetatable({}, { __add = function() while true do end end }) return t + 1",
    "local t = setmetatable({}, { __close = function() while true do end end }) local x <close> = t",
    "for _ in function() return 1 end do end",
    "table.sort({ 3, 2, 1 }, function() while true do end end)",
    "string.gsub(('a'):rep(10), '.', function() while true do end end)",
    "load(function() while true do end end)",
    "for _ in pairs(setmetatable({}, { __pairs = function() return function() return 1 end end })) do end",
    "local s = setmetatable({}, { __tostring = function() while true do end end }) tostring(s)",
    "while true do string.rep('x', 1000) end",
    "while true do lure.tensor { 1, 2, 3 } end",
  } do
    local message = assert_limit("limit_step_time", text)
    luaunit.assertStrContains(message, "time limit: no step or update finished for 0.05 seconds (limits.step_seconds)")
    luaunit.assertStrMatches(message, ".*text:%d+: time limit.*")
  end
end

-- Whatever catches errors must not catch a limit.
function tests.test_no_protection_swallows_the_time_limit()
  for _, text in ipairs {
    "while true do pcall(function() while true do end end) end",
    "while true do xpcall(function() while true do end end, function(e) return e end) end",
    "xpcall(function() while true do end end, function() while true do end end)",
    "pcall(pcall, function() while true do end end) while true do end",
    "while true do pcall(error, 'x') end",
    "local co = coroutine.create(function() while true do end end) while true do coroutine.resume(co) end",
    "while true do pcall(coroutine.wrap(function() while true do end end)) end",
    "coroutine.wrap(function() coroutine.wrap(function() pcall(function() while true do end end) end)() end)()",
    "local co = coroutine.wrap(function() while true do coroutine.yield() end end) while true do co() end",
    "local function f() pcall(f) end while true do f() end",
    "local co = coroutine.create(function() local x <close> = setmetatable({}, { __close = function() while true do end end }) "
      .. "coroutine.yield() end) coroutine.resume(co) coroutine.close(co)",
    "local co = coroutine.wrap(function() pcall(function() coroutine.yield() while true do end end) while true do end end) co() co()",
    "local t = setmetatable({}, { __close = function() while true do end end }) "
      .. "while true do pcall(function() local x <close> = t end) end",
    "while true do pcall(setmetatable({}, { __call = function() while true do end end })) end",
    "while true do load('while true do end')() end",
  } do
    luaunit.assertStrContains(assert_limit("limit_step_time", text), "limits.step_seconds")
  end
end

-- A pattern that tries every way through a text of 30,000 letters would need longer than the universe has lasted.
function tests.test_patterns_end()
  for _, text in ipairs {
    "return string.find(('a'):rep(30000), ('a*'):rep(30) .. 'b')",
    "return (('a'):rep(30000)):match(('.-'):rep(20) .. 'b')",
    "return string.gsub(('a'):rep(30000), ('a?'):rep(30) .. '.-.-.-b', '')",
    "for _ in string.gmatch(('a'):rep(30000), ('a*'):rep(20) .. 'b') do end",
    "return string.find(('('):rep(100000), ('%b()'):rep(2))",
    "return string.find(('a'):rep(1000000), '(.-)%1b')",
    "return string.find(('a'):rep(1000000), '[' .. ('b'):rep(1000000) .. ']')",
    "pcall(string.find, ('a'):rep(30000), ('a*'):rep(30) .. 'b') return 1",
    "return coroutine.wrap(function() return string.find(('a'):rep(30000), ('a*'):rep(30) .. 'b') end)()",
  } do
    luaunit.assertStrContains(assert_limit("limit_step_time", text), "limits.step_seconds")
  end
  luaunit.assertEquals({ eval("return string.find(('a'):rep(1000000), ('a'):rep(500000) .. 'b', 1, true)") }, { true, nil })
end

-- Loops inside one library function, where no hook reaches.
function tests.test_absurd_amounts_of_work_are_refused()
  for text, expected in pairs {
    ["return string.rep('', math.maxinteger)"] = "string.rep: ",
    ["return (''):rep(math.maxinteger)"] = "string.rep: ",
    ["return string.rep('', math.maxinteger, '')"] = "string.rep: ",
    ["return table.move({}, 1, math.maxinteger, 2)"] = "table.move: ",
    ["return table.concat({}, '', 1, math.maxinteger)"] = "table.concat: ",
    ["return table.unpack({}, 1, 1e9)"] = "table.unpack: ",
    ["return table.insert(setmetatable({}, { __len = function() return math.maxinteger - 5 end }), 1, 1)"] = "table.insert: ",
    ["return table.remove(setmetatable({}, { __len = function() return math.maxinteger - 5 end }), 1)"] = "table.remove: ",
    ["return table.sort(setmetatable({}, { __len = function() return 2 ^ 30 // 1 | 0 end }))"] = "table.sort: ",
  } do
    assert_refused(expected, text)
  end
end

function tests.test_ordinary_amounts_are_not_refused()
  luaunit.assertEquals({ eval([[
    local text = ("name = value, "):rep(2000)
    local n, list = 0, {}
    for i = 1, 200 do list[i] = "" end
    for key, value in text:gmatch("(%w+)%s*=%s*(%w+)") do n = n + 1 end
    return n, (text:gsub("%s+", "")):len(), text:find("value", 1, true), #table.concat({ table.unpack(list, 1, 100) }, ",") ]]) },
    { true, 2000, 22000, 8, 99 })
end

-- What took long but went on showing progress is none of the limit's business; eval shows none, so 5 s are its all.
function tests.test_work_below_the_limit_is_left_alone()
  luaunit.assertEquals({ eval("local x = 0 for i = 1, 1e6 do x = x + i end return x", { step_seconds = 60 }) },
    { true, 500000500000 })
end

-- ---- memory ----

function tests.test_memory_limit()
  for _, text in ipairs {
    "local t = {} for i = 1, math.huge do t[i] = i end",
    "local t = {} for i = 1, math.huge do t[i] = { i } end",
    "local s = 'x' while true do s = s .. s end",
    "return ('x'):rep(1e9)",
    "return ('x'):rep(1e9, 'y')",
    "local t = {} for i = 1, math.huge do t[i] = ('x'):rep(1000) .. i end",
    "local t = lure.tensor { 1, 2, 3 } local list = {} for i = 1, math.huge do list[i] = t + i end",
    "local t = {} for i = 1, math.huge do t[i] = coroutine.create(print) end",
    "return lure.policy { 'linear', 'categorical', inputs = 1000000, actions = 1000 }",
    "return table.concat({ ('x'):rep(1e6) }, '', 1, 1):rep(1000)",
    "local t = {} for i = 1, 100 do t[i] = ('x'):rep(1e6) end return table.concat(t)",
    "local t = {} for i = 1, math.huge do t['k' .. i] = true end",
    "load(function() return (' '):rep(4e6) .. ('x'):rep(1e8) end)",
    "string.format('%s%s%s%s', ('x'):rep(1e7), ('x'):rep(1e7), ('x'):rep(1e7), ('x'):rep(1e7))",
  } do
    local message = assert_limit("limit_memory", text, { memory_mb = 16, step_seconds = 60 })
    luaunit.assertStrContains(message, "text:1: ")
    luaunit.assertStrContains(message, "limits.memory_mb")
  end
end

function tests.test_no_protection_swallows_the_memory_limit()
  for _, text in ipairs {
    "while true do pcall(string.rep, 'x', 1e9) end",
    "while true do xpcall(string.rep, function(e) return e end, 'x', 1e9) end",
    "while true do xpcall(string.rep, function() while true do end end, 'x', 1e9) end",
    "while true do coroutine.resume(coroutine.create(function() return ('x'):rep(1e9) end)) end",
    "while true do pcall(coroutine.wrap(function() return ('x'):rep(1e9) end)) end",
    "pcall(function() local t = {} for i = 1, math.huge do t[i] = { i } end end) return 'went on'",
    "local co = coroutine.wrap(function() pcall(function() coroutine.yield() return ('x'):rep(1e9) end) end) co() co() return 'went on'",
  } do
    luaunit.assertStrContains(assert_limit("limit_memory", text, { memory_mb = 16, step_seconds = 30 }), "limits.memory_mb")
  end
end

function tests.test_a_sandbox_that_is_too_small_is_not_opened()
  for _, memory_mb in ipairs { 0.001, 0.01, 0.05, 0.1, 0.15 } do
    luaunit.assertStrContains(assert_limit("limit_memory", "return 1", { memory_mb = memory_mb }), "limits.memory_mb")
  end
end

-- More than Lua can count for one text.
function tests.test_ten_gigabytes_of_text()
  assert_refused("text:1: resulting string too large", "return ('x'):rep(1e10)")
end

-- Garbage is not what the limit is about.
function tests.test_garbage_does_not_count()
  luaunit.assertEquals({ eval("local s for i = 1, 100 do s = ('x'):rep(1e6) .. i end return #s", { memory_mb = 16 }) },
    { true, 1000003 })
end

-- Every allocation fails once, and all after it: an error comes back each time, and nothing breaks.
function tests.test_every_allocation_can_fail()
  local text = [[
    local v = setmetatable({}, { __concat = function(a, b) return "v" end, __index = function(t, k) return k end })
    local parts = {}
    for i = 1, 10 do parts[i] = ("%d:%s"):format(i, "x" .. v .. "y") end
    for key, value in pairs { a = 1, b = 2, c = 3 } do parts[#parts + 1] = key .. value end
    local co = coroutine.wrap(function() local t = lure.tensor(coroutine.yield()) return (t + t):to_table() end)
    co()
    parts[#parts + 1] = co({ 1, 2, 3 })[3]
    local policy = lure.policy { { "linear", 4 }, "tanh", "linear", "categorical", inputs = 2, actions = 3 }
    local optimizer = lure.optimizer("adam", policy)
    local ok = pcall(error, { "kept" })
    local o = options({ rate = 2 }, { rate = 1, list = { 1, 2 } })
    parts[#parts + 1] = load("return 1 + 1")() + o.rate + policy:probabilities({ 0, 0 })[1]
    return table.concat(parts, ",")]]
  local expected = select(2, eval(text))
  luaunit.assertStrContains(expected, "1:xv,2:xv")
  local n, refusals = 1, 0
  repeat
    local ok, got, status = eval(text, { fail_at = n })
    if ok then
      luaunit.assertEquals(got, expected)
    else
      luaunit.assertEquals(status, "limit_memory", ("allocation %d: %s"):format(n, got))
      refusals = refusals + 1
    end
    n = n + 1
  until ok
  luaunit.assertTrue(refusals > 200)
end

-- ---- depth ----

function tests.test_deep_recursion_is_an_error()
  assert_refused("stack overflow", "local function f() return 1 + f() end return f()", { memory_mb = 512 })
  assert_refused("overflow", "local t = setmetatable({}, {}) getmetatable(t).__index = function(t, k) return t[k .. 'x'] end return t.x",
    { memory_mb = 512 })
  assert_refused("overflow", "local function f() return ('x'):gsub('x', f) end return f()")
  assert_refused("overflow", "local function f() return coroutine.wrap(f)() end return f()", { memory_mb = 512 })
  assert_refused("overflow", "error(select(2, load('return ' .. ('('):rep(1000) .. '1' .. (')'):rep(1000))))")
end

function tests.test_a_script_may_catch_deep_recursion()
  luaunit.assertEquals({ eval("local function f() return 1 + f() end return (pcall(f))", { memory_mb = 512 }) }, { true, false })
end

-- Twenty thousand nested closings overflow the C stack of plain Lua 5.4.
function tests.test_nested_close()
  assert_refused("coroutine.close: nested more than 100 deep", [[
    local list = {}
    for i = 1, 3000 do
      local before = list[i - 1]
      list[i] = coroutine.create(function()
        local x <close> = setmetatable({}, { __close = function()
          if before then
            local ok, message = coroutine.close(before)
            if not ok then error(message, 0) end
          end
        end })
        coroutine.yield()
      end)
      coroutine.resume(list[i])
    end
    local ok, message = coroutine.close(list[3000])
    error(message, 0)]], { memory_mb = 512 })
end

-- A __concat that needs much stack: plain Lua 5.4.4 as Debian has it writes to freed memory here, also after the collector
-- has had its chance to shrink the stack.
function tests.test_concat_that_grows_the_stack()
  local body = [[
    collectgarbage() collectgarbage()
    local function deep(n)
      local a, b, c, d, e, f, g, h, i, j = 1, 2, 3, 4, 5, 6, 7, 8, 9, 10
      return n == 0 and "" or "x" .. deep(n - 1)
    end
    local vector = { __concat = function(a, b)
      deep(DEPTH)
      return (type(a) == "table" and "v" or a) .. (type(b) == "table" and "v" or b)
    end }
    local n = 0
    for _ = 1, 100 do
      n = n + #("pos=" .. setmetatable({}, vector) .. "!")
      collectgarbage()
    end
    return n]]
  luaunit.assertEquals({ eval((body:gsub("DEPTH", "150"))) }, { true, 600 })
  luaunit.assertEquals({ eval("return coroutine.wrap(function() " .. body:gsub("DEPTH", "50") .. " end)()") }, { true, 600 })
end

-- What a coroutine that died of an error has to close runs under the same limits.
function tests.test_wrapped_coroutines_close_within_the_limits()
  local body = [[
    local f = coroutine.wrap(function()
      local x <close> = setmetatable({}, { __close = function() BODY end })
      error("first", 0)
    end)
    return pcall(f)]]
  luaunit.assertStrContains(assert_limit("limit_step_time", (body:gsub("BODY", "while true do end"))), "limits.step_seconds")
  assert_limit("limit_step_time", (body:gsub("BODY", "while true do pcall(function() while true do end end) end")))
  assert_limit("limit_memory", (body:gsub("BODY", "local t = {} for i = 1, math.huge do t[i] = { i } end")),
    { step_seconds = 20, memory_mb = 16 })
  luaunit.assertEquals({ eval((body:gsub("BODY", "error('second', 0)"))) }, { true, false, "second" })
  luaunit.assertEquals({ eval((body:gsub("BODY", ""))) }, { true, false, "first" })
  assert_refused("overflow", [[
    local before = function() end
    for i = 1, 3000 do
      local last = before
      before = coroutine.wrap(function()
        local x <close> = setmetatable({}, { __close = last })
        coroutine.yield()
        error("x", 0)
      end)
      before()
    end
    before()]], { memory_mb = 512 })
  assert_refused("overflow", [[
    local function f()
      coroutine.wrap(function()
        local x <close> = setmetatable({}, { __close = f })
        error("x")
      end)()
    end
    f()]], { memory_mb = 512 })
  -- the depth is counted down again
  luaunit.assertEquals({ eval("local n = 0 for i = 1, 300 do pcall(coroutine.wrap(function() local x <close> = setmetatable({}, "
    .. "{ __close = function() n = n + 1 end }) error('x') end)) end return n") }, { true, 300 })
end

-- An error waits while a variable is closed; a call that succeeds there does not change whose fault it was.
function tests.test_a_call_while_closing_does_not_hide_what_happened()
  local ok, _, status = eval([[
    local x <close> = setmetatable({}, { __close = function() pcall(function() end) end })
    lure.policy { { "linear", 1000000 }, "tanh", "linear", "categorical", inputs = 1000, actions = 2 }]])
  luaunit.assertEquals({ ok, status }, { false, "limit_memory" })
end

-- Also what is refused while text is compiled.
function tests.test_load_does_not_swallow_the_memory_limit()
  assert_limit("limit_memory", [[
    local text, kept = "return {" .. ("1.5,"):rep(200000) .. "}", {}
    for i = 1, 100 do
      local chunk, message = load(text)
      kept[i] = chunk or error("swallowed: " .. message)
    end]], { memory_mb = 8, step_seconds = 20 })
end

-- ---- messages ----

function tests.test_messages_say_who_and_when()
  local _, message = eval("\nerror('broken')", { update = 3, episode = 7, step = 2 })
  luaunit.assertStrContains(message, "text:2: broken (algorithm 'text', update 3, episode 7, step 2)")
  _, message = eval("\nerror('broken')")
  luaunit.assertStrContains(message, "text:2: broken (algorithm 'text')")
  _, message = eval("return 1 +", {})
  luaunit.assertStrContains(message, "text:1: ")
  _, message = eval("local t = {} return t.x.y")
  luaunit.assertStrContains(message, "text:1: attempt to index a nil value (field 'x')")
end

function tests.test_errors_that_are_no_text()
  for text, expected in pairs {
    ["error()"] = "an error that is nil; raise a string", ["error({ code = 5 })"] = "an error that is a table; raise a string",
    ["error(print)"] = "an error that is a function",
    ["error(setmetatable({}, { __name = 'oops' }))"] = "an error that is an oops",
    ["error(setmetatable({}, { __tostring = function() return 'mine' end }))"] = "mine",
    ["error(true)"] = "true", ["error(5, 0)"] = "5", ["error('')"] = "(algorithm 'text')",
  } do
    assert_refused(expected, text)
  end
  -- an error while the message is made
  local ok, _, status = eval("error(setmetatable({}, { __tostring = function() error('again') end }))")
  luaunit.assertEquals({ ok, status }, { false, "script_error" })
  assert_limit("limit_step_time", "error(setmetatable({}, { __tostring = function() while true do end end }))")
  ok, _, status = eval("error(('x'):rep(1e6))")
  luaunit.assertEquals({ ok, status }, { false, "script_error" })
end

function tests.test_the_lines_that_led_there()
  local _, message = eval("local function a()\nerror('deep')\nend\nlocal function b()\na()\nend\nb()")
  luaunit.assertStrContains(message, "text:2: deep (algorithm 'text')\n  at text:2\n  at text:5\n  at text:7")
end

return tests
