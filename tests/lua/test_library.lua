-- The standard libraries as scripts see them.
local luaunit = require("luaunit")

local tests = {}
local eval = lure_test.eval

local function assert_gives(expected, text, options)
  local got = table.pack(eval(text, options))
  luaunit.assertTrue(got[1], text .. "\n" .. tostring(got[2]))
  luaunit.assertEquals({ table.unpack(got, 2, got.n) }, expected, text)
end

local function assert_refused(expected, text)
  local ok, message, status = eval(text)
  luaunit.assertFalse(ok, text)
  luaunit.assertEquals(status, "script_error", message)
  luaunit.assertStrContains(message, expected)
end

-- ---- what there is ----

function tests.test_the_globals_are_these()
  assert_gives({ { "_G", "_VERSION", "abs", "assert", "clamp", "collectgarbage", "concat", "coroutine",
    "cumulative_sum", "differentiate", "elu", "equal", "error", "exp", "expm1", "gather", "gelu", "getmetatable",
    "greater", "greater_equal", "ipairs", "less", "less_equal", "load", "log", "log1p", "log_softmax", "logsumexp",
    "lure", "math", "matmul", "maximum", "mean", "minimum", "next", "not_equal", "options", "pairs", "pcall", "print",
    "rawequal", "rawget", "rawlen", "rawset", "relu", "select", "setmetatable", "sigmoid", "sign", "softmax",
    "softplus", "sqrt", "square", "stack", "stop_gradient", "string", "sum", "table", "take", "tanh", "tonumber",
    "tostring", "type", "utf8", "variance", "where", "xpcall" } },
    "local names = {} for name in pairs(_G) do names[#names + 1] = name end return names")
end

function tests.test_lure_has_these()
  assert_gives({ { "abs", "action_space", "add", "advantages", "anneal", "argmax", "argmin", "bootstrapped_returns", "center",
    "clamp", "clipped_surrogate", "concat", "copy", "cos", "cumulative_sum", "debug_gradients", "deviation",
    "differentiate", "discounted_returns", "divide", "elu", "equal", "exp", "expand", "explained_variance",
    "expm1", "floor", "full", "gather", "gelu", "greater", "greater_equal", "lambda_returns", "less",
    "less_equal", "log", "log1p", "log_softmax", "logsumexp", "matmul", "max", "maximum", "mean", "min",
    "minimum", "multiply", "n_step_returns", "negate", "normal", "normaliser", "normalize", "not_equal",
    "observation_space", "one_hot", "ones", "ones_like", "optimizer", "permutation", "policy", "power", "range", "relu",
    "replay", "reshape",
    "reward_scaler", "rng", "select", "sigmoid", "sign", "sin", "slice", "softmax", "softplus", "sort", "sqrt",
    "square", "squeeze", "stack", "stop_gradient", "subtract", "sum", "take", "tanh", "tensor", "to", "top_k",
    "transpose", "uniform", "unsqueeze", "v_trace", "variance", "version", "where", "zeros", "zeros_like" } },
    "local names = {} for name in pairs(lure) do names[#names + 1] = name end return names")
end

function tests.test_what_reaches_outside_is_absent()
  for _, name in ipairs { "io", "os", "debug", "require", "package", "dofile", "loadfile", "warn" } do
    assert_refused("undefined variable '" .. name .. "'", "return " .. name)
    assert_gives({ nil }, ("return rawget(_G, %q)"):format(name))
  end
  assert_gives({ "nil" }, "return type(string.dump)")
  assert_gives({ "nil" }, "return type((''):rep(0).dump)")
end

-- ---- globals ----

function tests.test_globals_are_locked()
  assert_refused("text:1: a script may not write the global 'x'; write 'local x'", "x = 1")
  assert_refused("may not write the global 'helper'", "function helper() end")
  assert_refused("undefined variable 'hunger'", "return hunger")
  assert_refused("may not write the global 'x'", "_G.x = 1")
  assert_refused("may not write the global 'x'", "load('x = 1')()")
  assert_gives({ false }, "return getmetatable(_G)")
  assert_refused("metatable is protected", "setmetatable(_G, nil)")
end

-- A chunk gets a library when it first names it; nothing may tell that from having had all of them from the beginning.
function tests.test_a_global_of_the_library_is_the_chunks_own()
  for _, fence in ipairs { "", "local all = _G " } do
    assert_gives({ 5, "function" }, fence .. "print = 5 return print, type(tostring)") -- written before it is read
    assert_gives({ 5 }, fence .. "local old = print print = 5 return print")
    assert_gives({ 3 }, fence .. "math = { pi = 3 } return math.pi")
    assert_refused("undefined variable 'print'", fence .. "print = nil return print") -- it does not come back
    assert_refused("undefined variable 'math'", fence .. "local x = math.pi math = nil return math")
    assert_refused("may not write the global 'print'", fence .. "print = nil print = 5")
    assert_gives({ true, "function" }, fence .. [[
      local function f() return math end
      f().extra = print
      return math.extra == print, type(math.extra)]])
    assert_gives({ true, true }, fence .. "return math == math, lure.tensor == lure.tensor")
    assert_gives({ "function", "function", math.pi }, fence .. [[
      load("print, math = nil, nil")()
      return type(print), load("return type(print)")(), math.pi]])
    assert_refused("lure has no 'tensr'; did you mean 'tensor'?", fence .. "return lure.tensr")
    assert_refused("lure has no 'tensr'", fence .. "local l = lure lure = nil return l.tensr")
    assert_refused("the metatable is protected", fence .. "setmetatable(lure, nil)")
  end
  assert_gives({ "function", nil, true, true }, [[
    local before = type(rawget(_G, "print"))
    rawset(_G, "print", nil)
    return before, rawget(_G, "print"), _G == _ENV, _G._G == _G]])
  assert_gives({ "function" }, "local _ENV <const> = _ENV return type(rawget(_ENV, 'print'))")
  assert_gives({ "table" }, "local function environment() return _ENV end return type(environment().math)")
end

-- Each script has libraries of its own: what one does to them, another does not see.
function tests.test_a_script_cannot_change_what_another_sees()
  local path = os.tmpname()
  local function load_text(text)
    local file = assert(io.open(path .. ".lua", "w"))
    file:write(text)
    file:close()
    return lure_test.load("reward", path .. ".lua")
  end
  load_text([[
    math.floor, math.pi, string.format, table.insert, lure.tensor = nil, 3, nil, nil, nil
    math.extra = 1
    rawset(_G, "leak", 1)
    rawset(_G, "print", nil)
    pairs = nil
    return function() return 0 end]])
  local seen = load_text([[
    return function()
      return math.floor(1.5), math.pi, string.format("%d", 3), type(table.insert), type(lure.tensor), math.extra,
        rawget(_G, "leak"), type(print), type(pairs), ("%d"):format(4)
    end]])
  os.remove(path)
  os.remove(path .. ".lua")
  luaunit.assertEquals({ seen() },
    { 1, math.pi, "3", "function", "function", nil, nil, "function", "function", "4" })
end

-- What was read is remembered as long as the file is the same: an edit of the same length a moment later shows.
function tests.test_a_script_that_was_edited_is_read_again()
  local path = os.tmpname()
  for i = 1, 20 do
    local file = assert(io.open(path .. ".lua", "w"))
    file:write(("return function() return %2d end"):format(i))
    file:close()
    luaunit.assertEquals(lure_test.load("reward", path .. ".lua")(), i)
  end
  os.remove(path)
  os.remove(path .. ".lua")
end

function tests.test_the_metatable_of_strings_is_locked()
  assert_gives({ false }, "return getmetatable('')")
  assert_gives({ "abc" }, "string.upper = function() return 'changed' end return ('abc'):lower()")
  assert_gives({ "ABC" }, "string.upper = function() return 'changed' end return ('abc'):upper()")
end

function tests.test_setmetatable()
  assert_refused("__gc is refused", "setmetatable({}, { __gc = function() end })")
  assert_refused("the metatable is protected", "setmetatable(setmetatable({}, { __metatable = 1 }), {})")
  assert_refused("nil or table", "setmetatable({}, 5)")
  assert_refused("table expected", "setmetatable('', {})")
  assert_gives({ 7 }, "return setmetatable({}, { __index = function() return 7 end }).x")
  assert_gives({ "x" }, "local t = setmetatable({}, { __name = 'x' }) return getmetatable(t).__name")
  -- put in afterwards, a finalizer is never called
  assert_gives({ 0 }, [[
    local calls, meta = 0, {}
    setmetatable({}, meta)
    meta.__gc = function() calls = calls + 1 end
    collectgarbage() collectgarbage()
    return calls]])
end

-- ---- order ----

-- Every sandbox hashes strings with another seed, so plain Lua would give another order nearly every time.
function tests.test_pairs_has_one_order()
  local text = [[
    local t, list = {}, {}
    for i = 1, 60 do t["key" .. i * 7 % 61] = i end
    t[3], t[1], t[-2], t[2.5], t[true], t[false] = "c", "a", "m", "h", "yes", "no"
    for key in pairs(t) do list[#list + 1] = tostring(key) end
    return list]]
  local _, expected = eval(text)
  luaunit.assertEquals({ table.unpack(expected, 1, 5) }, { "-2", "1", "2.5", "3", "key1" })
  luaunit.assertEquals({ table.unpack(expected, #expected - 2) }, { "key9", "false", "true" })
  for _ = 1, 20 do assert_gives({ expected }, text) end
end

function tests.test_pairs_tells_integers_beyond_2_53_apart()
  local big = { math.maxinteger - 2, math.maxinteger - 1, math.maxinteger }
  for _, order in ipairs { "1, 2, 3", "3, 2, 1", "2, 3, 1", "3, 1, 2" } do -- whatever order Lua walks them in
    assert_gives({ { big[1], big[2], big[3], 2.0 ^ 63 } }, ([[
      local t = { [2.0 ^ 63] = true }
      for _, i in ipairs { %s } do t[math.maxinteger - 3 + i] = i end
      local keys = {}
      for key in pairs(t) do keys[#keys + 1] = key end
      return keys]]):format(order))
  end
end

function tests.test_pairs_while_the_table_changes()
  assert_gives({ "abd", 3 }, [[
    local t, seen, n = { a = 1, b = 2, c = 3, d = 4 }, "", 0
    for key in pairs(t) do
      seen, n = seen .. key, n + 1
      if key == "a" then t.c = nil end -- gone before its turn
      t[key] = nil
    end
    return seen, n]])
end

function tests.test_pairs_obeys_metamethods()
  assert_gives({ "k", "v" }, [[
    for key, value in pairs(setmetatable({}, { __pairs = function() return function(_, k) if not k then return "k", "v" end end end })) do
      return key, value
    end]])
  assert_refused("table expected", "for _ in pairs(5) do end")
  assert_refused("bad argument #1 to 'pairs'", "for _ in pairs() do end")
end

function tests.test_pairs_refuses_keys_without_an_order()
  assert_refused("pairs: a key of type table has no order that is the same in every run", "for _ in pairs({ [{}] = 1 }) do end")
  assert_refused("a key of type function", "for _ in pairs({ [print] = 1 }) do end")
end

function tests.test_next()
  assert_gives({ nil }, "return next({})")
  assert_gives({ 1, "x" }, "return next({ 'x' })")
  assert_gives({ "a", 1 }, "return next({ b = 2, a = 1, c = 3 })")
  assert_refused("use pairs(t)", "return next({ a = 1 }, 'a')")
  assert_gives({ 0, 3 }, "local n, m = 0, 0 for _ in ipairs({}) do n = n + 1 end for _ in ipairs({ 1, 2, 3 }) do m = m + 1 end return n, m")
end

-- ---- math ----

-- The same bits in every build and on every processor, and within one unit in the last place of what 60-digit
-- arithmetic gives.
function tests.test_math_bits()
  local text = [[
    local list = {}
    for i, x in ipairs { math.exp(1), math.exp(-0.5), math.log(10), math.log(8, 2), math.log(1000, 10), math.log(5, 3),
                         math.sin(1), math.cos(1), math.tan(1), math.asin(0.5), math.acos(0.5), math.atan(1), math.atan(-1, -1),
                         math.sin(1e5), math.sqrt(2) } do
      list[i] = ("%a"):format(x)
    end
    return list]]
  assert_gives({ { "0x1.5bf0a8b14576ap+1", "0x1.368b2fc6f960ap-1", "0x1.26bb1bbb55516p+1", "0x1.8p+1", "0x1.8p+1",
    "0x1.77088130fd4e3p+0", "0x1.aed548f090ceep-1", "0x1.14a280fb5068cp-1", "0x1.8eb245cbee3a6p+0", "0x1.0c152382d7366p-1",
    "0x1.0c152382d7365p+0", "0x1.921fb54442d18p-1", "-0x1.2d97c7f3321d2p+1", "0x1.24daa9c527e96p-5", "0x1.6a09e667f3bcdp+0" } },
    text)
end

function tests.test_math_random_is_a_stream_of_the_run()
  local text = [[
    local list = {}
    for i = 1, 5 do list[i] = math.random() end
    list[6], list[7] = math.random(10), math.random(-5, 5)
    return list]]
  local _, list = eval(text)
  assert_gives({ list }, text)
  for i = 1, 5 do luaunit.assertTrue(list[i] >= 0 and list[i] < 1) end
  luaunit.assertTrue(list[6] >= 1 and list[6] <= 10 and list[7] >= -5 and list[7] <= 5)
  assert_refused("a script may not seed", "math.randomseed(1)")
  assert_refused("interval is empty", "math.random(0, -1)")
  assert_refused("interval is empty", "math.random(-3)")
  assert_refused("at most two arguments", "math.random(1, 2, 3)")
  assert_gives({ "integer", "integer" }, "return math.type(math.random(0)), math.type(math.random(math.mininteger, math.maxinteger))")
end

-- ---- protected calls ----

function tests.test_pcall_and_xpcall_are_as_in_lua()
  assert_gives({ true, 1, 2 }, "return pcall(function(...) return ... end, 1, 2)")
  assert_gives({ false, "text:1: x" }, "return pcall(function() error('x') end)")
  assert_gives({ false, { 5 } }, "return pcall(error, { 5 })")
  assert_gives({ true }, "return pcall(function() end)")
  assert_refused("value expected", "pcall()")
  assert_gives({ true, 3 }, "return xpcall(function(a, b) return a + b end, print, 1, 2)")
  assert_gives({ false, "handled x" }, "return xpcall(error, function(e) return 'handled ' .. e end, 'x', 0)")
  assert_gives({ false }, "return (xpcall(error, function(e) error('again') end))")
  assert_refused("function expected", "xpcall(print)")
end

function tests.test_coroutines_are_as_in_lua()
  assert_gives({ 1, 2, "done", false, "cannot resume dead coroutine" }, [[
    local co = coroutine.create(function(a) local b = coroutine.yield(a) coroutine.yield(b) return "done" end)
    local _, x = coroutine.resume(co, 1)
    local _, y = coroutine.resume(co, 2)
    local _, z = coroutine.resume(co)
    return x, y, z, coroutine.resume(co)]])
  assert_gives({ "dead", true }, [[
    local co = coroutine.create(function() coroutine.yield() end)
    coroutine.resume(co)
    local ok = coroutine.close(co)
    return coroutine.status(co), ok]])
  assert_gives({ 6 }, "local sum = 0 for x in coroutine.wrap(function() for i = 1, 3 do coroutine.yield(i) end end) do sum = sum + x end return sum")
  assert_gives({ true, 5 }, -- a yield across pcall
    "local co = coroutine.wrap(function() return pcall(function() return coroutine.yield() end) end) co() return co(5)")
  assert_gives({ false, "in pcall" }, [[
    local co = coroutine.wrap(function() return pcall(function() coroutine.yield() error("in pcall", 0) end) end)
    co()
    return co()]])
  assert_gives({ false, "closed" }, [[
    local co = coroutine.create(function()
      local x <close> = setmetatable({}, { __close = function() error("closed", 0) end })
      coroutine.yield()
    end)
    coroutine.resume(co)
    return coroutine.close(co)]])
  assert_refused("text:1: x", "coroutine.wrap(function() error('x') end)()")
  assert_refused("coroutine expected", "coroutine.resume(5)")
  assert_refused("function expected", "coroutine.create(5)")
  assert_refused("cannot close a running coroutine", "coroutine.wrap(function() coroutine.close(coroutine.running()) end)()")
  assert_gives({ true, false }, "local co, main = coroutine.running() return main, (coroutine.isyieldable())")
  assert_refused("cannot close a coroutine that has resumed this one", [[
    local outer
    outer = coroutine.create(function() coroutine.wrap(function() coroutine.close(outer) end)() end)
    local ok, message = coroutine.resume(outer)
    error(message, 0)]])
  assert_refused("attempt to yield from outside a coroutine", "coroutine.yield()")
end

-- ---- load ----

function tests.test_load()
  assert_gives({ 3 }, "return load('return 1 + 2')()")
  assert_gives({ 6 }, "local parts, i = { 'return ', '1 + ', '5' }, 0 return load(function() i = i + 1 return parts[i] end)()")
  assert_gives({ 5 }, "return load('return x', 'name', 't', { x = 5 })()")
  assert_gives({ nil, "[string \"return +\"]:1: unexpected symbol near '+'" }, "return load('return +')")
  assert_gives({ nil }, "return load('x = 1', 'name', 't', {})()")
  assert_gives({ "function" }, "return type(load('return ' .. ('1 + '):rep(100) .. '1'))")
  assert_refused("undefined variable 'x'", "return load('return x')()")
  assert_refused("binary chunks are refused", "load('x', 'name', 'b')")
  assert_gives({ "nil", "string" }, "local f, message = load('\\27Lua') return type(f), type(message)")
  assert_refused("string expected", "load(5 == 5)")
  assert_refused("load: the function gave a boolean; expected the next piece of text", "load(function() return 5 == 5 end)")
  assert_gives({ 3 }, "local done return load(function() if not done then done = true return 'return math.floor(3.5)' end end)()")
end

function tests.test_what_load_gives_is_fenced_too()
  for _, name in ipairs { "io", "os", "require", "debug" } do
    assert_refused("undefined variable '" .. name .. "'", ("return load('return %s')()"):format(name))
    assert_gives({ nil }, ("return load('return %s', 'x', 't', {})()"):format(name))
  end
end

-- ---- the others ----

function tests.test_collectgarbage()
  assert_gives({ "float", 0 }, "return math.type(collectgarbage('count')), collectgarbage()")
  assert_gives({ true }, [[
    local before = collectgarbage("count")
    local t = ("x"):rep(1e6)
    return collectgarbage("count") - before > 900]])
  for _, option in ipairs { "stop", "restart", "step", "generational", "incremental", "setpause" } do
    assert_refused("'" .. option .. "' is refused", ("collectgarbage(%q)"):format(option))
  end
end

-- C would call some "-nan", and which they are differs between CPUs.
function tests.test_nan_has_no_sign()
  assert_gives({ "nan nan", "nan nan nan nan", "  nan|nan|(0/0)", "nan nan nan nan nan" }, [[
    local x, y = 0 / 0, -(0 / 0)
    local t = lure.tensor { x, y }
    return tostring(x) .. " " .. tostring(y), ("%f %g %.3e %a"):format(x, y, x, y), ("%5.1f|%s|%q"):format(x, y, x),
      t[1] .. " " .. t[2] .. " " .. t:to("float32")[1] .. " " .. sum(t) .. " " .. math.log(-1)]])
  local layer = "lure.policy { { 'linear', weight = %s }, 'bernoulli', inputs = 1, actions = 2 }"
  local refusals = {
    "lure.clamp(lure.ones(1), %s, 1)", "lure.uniform(2, lure.rng(1), %s)", "lure.normal(2, lure.rng(1), 0, %s)",
    "lure.advantages(lure.ones(1), lure.ones(1), lure.tensor({ 1 }, 'int32'), { discount = %s, lambda = 1 })",
    "lure.n_step_returns(lure.ones(1), lure.ones(1), lure.tensor({ 1 }, 'int32'), { n = %s, discount = 1 })",
    "lure.v_trace(lure.ones(1), lure.ones(1), lure.tensor({ 1 }, 'int32'), lure.ones(1), { discount = 1, rho_clip = %s })",
    "lure.normaliser { size = %s }", "lure.normaliser { size = 1, clip = %s }", "lure.reward_scaler { discount = %s }",
    layer, "lure.clipped_surrogate(lure.ones(1), lure.ones(1), lure.ones(1), %s)",
    "lure.policy { 'linear', 'gaussian', inputs = 1, actions = { low = %s, high = 1 } }",
    "lure.optimizer({ 'adam', epsilon = %s }, lure.policy { 'linear', 'bernoulli', inputs = 1, actions = 2 })",
    "lure.optimizer({ 'adam', groups = { bias = { rate = %s } } }, lure.policy { 'linear', 'bernoulli', inputs = 1, actions = 2 })",
  }
  for _, refusal in ipairs(refusals) do
    for _, nan in ipairs { "(0/0)", "-(0/0)" } do
      local ok, message = eval("return " .. refusal:format(nan))
      luaunit.assertFalse(ok, refusal)
      luaunit.assertStrContains(message, "nan")
      luaunit.assertNotStrContains(message, "-nan")
    end
  end
end

function tests.test_strings_and_tables_work()
  assert_gives({ "a-b", 3, "xyxyx", "0x1p+0", "olleh", 104 },
    "return ('a b'):gsub(' ', '-'):sub(1, 3), #'abc', ('x'):rep(3, 'y'), ('%a'):format(1), ('hello'):reverse(), ('h'):byte()")
  assert_gives({ "b", "1,2,3", { 1, 2, 3 }, 2, { n = 2, "a", "b" } }, [[
    local t = { "a", "b" }
    local sorted = { 3, 1, 2 }
    table.sort(sorted)
    return table.remove(t), table.concat({ 1, 2, 3 }, ","), sorted, select("#", table.unpack { 1, 2 }), table.pack("a", "b")]])
  assert_gives({ { 1, 1, 2 }, { "x", 1 } }, [[
    local list = { 1 }
    table.insert(list, 1, "x")
    return table.move({ 1, 2 }, 1, 2, 2), list]])
  assert_gives({ 2, "é" }, "return utf8.len('né'), utf8.char(233)")
  assert_refused("wrong number of arguments to 'insert'", "table.insert({}, 1, 2, 3)")
  assert_refused("table expected", "table.insert(5, 1)")
  assert_refused("malformed pattern", "string.find('a', '[')")
  assert_refused("bad argument #1 to 'rep'", "string.rep()")
end

-- ---- results that would differ from run to run ----

function tests.test_text_holds_no_address()
  assert_gives({ "table", "function", "function", "thread", "mine", "named", "nil", "true", "3", "3.0", "x" }, [[
    return tostring({}), tostring(print), tostring(function() end), tostring(coroutine.create(print)),
      tostring(setmetatable({}, { __tostring = function() return "mine" end })), tostring(setmetatable({}, { __name = "named" })),
      tostring(nil), tostring(true), tostring(3), tostring(3.0), tostring("x")]])
  assert_gives({ "table function|    x|1%|  nil|true|3.50|s" }, [[
    return ("%s %s|%5s|%d%%|%5s|%s|%.2f|%s"):format({}, print, "x", 1, nil, true, 3.5, "s")]])
  assert_gives({ "mine table" }, [[return string.format("%s %-5s", setmetatable({}, { __tostring = function() return "mine" end }), {})]])
  assert_refused("text:1: string.format: %p is refused", "return string.format('%p', {})")
  assert_refused("string.format: %p is refused", "return ('%d %-20p'):format(1, print)")
  assert_gives({ "%p", "1%p" }, "return string.format('%%p'), ('%d%%p'):format(1)")
  assert_refused("text:1: bad argument #1 to 'tostring' (value expected)", "tostring()")
  assert_refused("text:1: bad argument #2 to 'format' (no value)", "string.format('%s')")
  assert_refused("text:1: bad argument #2 to 'format' (number expected, got table)", "string.format('%d', {})")
  assert_refused("invalid conversion '%y' to 'format'", "string.format('%y', 1)")
  assert_refused("'__tostring' must return a string", "tostring(setmetatable({}, { __tostring = function() return {} end }))")
  assert_refused("undefined variable 'table'", "return _G[{}]")
  assert_refused("no 'function'", "return lure[print]")
end

-- The same as Lua's own where Lua's own is determined.
function tests.test_sort()
  local rng = lure_test.rng(8)
  local function both(text, list)
    local ok, got = eval("local t = { " .. table.concat(list, ", ") .. " } " .. text .. " return t")
    luaunit.assertTrue(ok, got)
    return got, load("local t = { " .. table.concat(list, ", ") .. " } " .. text .. " return t")()
  end
  for n = 0, 70 do
    local list, words = {}, {}
    for i = 1, n do list[i], words[i] = rng:integer(-20, 20), ("%q"):format(("x"):rep(rng:integer(0, 3)) .. rng:integer(0, 9)) end
    for _, text in ipairs { "table.sort(t)", "table.sort(t, nil)", "table.sort(t, function(a, b) return a > b end)" } do
      luaunit.assertEquals(both(text, list))
      luaunit.assertEquals(both(text, words))
    end
  end
end

function tests.test_sort_keeps_the_order_of_equals()
  assert_gives({ true, 100000 }, [[
    local t, n = {}, 100000
    for i = 1, n do t[i] = { key = i * 7919 % 100, place = i } end
    table.sort(t, function(a, b) return a.key < b.key end)
    for i = 2, n do
      local a, b = t[i - 1], t[i]
      if a.key > b.key or a.key == b.key and a.place > b.place then return false, i end
    end
    return true, #t]])
  assert_gives({ true }, [[
    local t = {}
    for i = 1, 100000 do t[i] = math.random(1000000) end
    table.sort(t)
    for i = 2, #t do if t[i - 1] > t[i] then return false end end
    return true]])
end

function tests.test_sort_of_what_has_no_order()
  for _, order in ipairs { "true", "false", "math.random() < 0.5", "a <= b", "nil", "1" } do
    assert_gives({ 4950, 100 }, ([[
      local t, sum = {}, 0
      for i = 1, 100 do t[i] = i - 1 end
      table.sort(t, function(a, b) return %s end)
      for i = 1, 100 do sum = sum + t[i] end
      return sum, #t]]):format(order))
  end
  assert_refused("attempt to compare string with number", "table.sort({ 1, 'x', 2 })")
  assert_refused("attempt to compare two table values", "table.sort({ {}, {} })")
  assert_refused("text:1: mine", "table.sort({ 1, 2, 3 }, function() error('mine') end)")
  assert_refused("attempt to yield across a C-call boundary",
    "coroutine.wrap(function() table.sort({ 1, 2, 3 }, function() coroutine.yield() end) end)()")
  assert_refused("bad argument #2 to 'sort' (function expected, got number)", "table.sort({ 2, 1 }, 5)")
  assert_refused("bad argument #1 to 'sort' (table expected, got number)", "table.sort(5)")
  assert_gives({ { 3, 2, 1 } }, "local t = { 3, 1, 2 } table.sort(t, function(a, b) t[4] = nil return a > b end) return t")
  assert_gives({ { 1, 2, 3 } }, "local t = lure.tensor { 3, 1, 2 } table.sort(t) return t:to_table()")
  assert_gives({ { 1, 2, 3 } }, [[
    local inner = { 3, 2, 1 }
    table.sort(setmetatable({}, { __len = function() return 3 end, __index = inner,
      __newindex = function(_, k, v) inner[k] = v end }))
    return inner]])
end

return tests
