-- Runs the tests of one file on LuaUnit, for `lure test`. Comes as `...`: native functions, luaunit, the file's path, a
-- text to filter by. Returns a list of { name, status, place, message, trace, seconds }. A file may return a table of
-- tests (functions whose names begin with test), or leave them to LuaUnit: global functions test..., global tables
-- Test.... LuaUnit's own habit of ending a file with os.exit(luaunit.LuaUnit.run()) is understood: the tests run then.
local native, luaunit, path, only = ...
local stem = path:gsub("%.lua$", ""):gsub("^.*/", "")
local outcomes = {}

local function add(name, status, message, place, trace, seconds)
  outcomes[#outcomes + 1] =
    { name = name, status = status, message = message, place = place, trace = trace, seconds = seconds }
end

-- Lua shortens the names of files that are far away to "...end/of/it.lua".
local function is_this_file(name)
  return name == path or name:sub(1, 3) == "..." and #name > 3 and path:sub(3 - #name) == name:sub(4)
end

-- "file:line" of this file in a traceback: the innermost line of the test that went wrong.
local function place_in(trace)
  for line in (trace or ""):gmatch("[^\n]+") do
    local name, number = line:match("^%s*(.-):(%d+):")
    if name and is_this_file(name) then return path .. ":" .. number end
  end
end

-- The message without a place in this file, which is told beside it, or in what runs tests; a script's own place stays.
local function strip(message)
  local name, rest = message:match("^([^\n]-):%d+: (.*)$")
  if name and (is_this_file(name) or name:find("scripts/testing/", 1, true) or name:find("luaunit.lua", 1, true)) then
    return rest
  end
  return message
end

local function fail_file(message, trace)
  add("", "error", strip(message), place_in(message) or place_in(trace), trace)
end

-- ---- what a test file finds ----

local THE_END = {} -- what a file that is told to exit raises

local function not_now() error("a test may not end the program", 2) end

luaunit.LuaUnit.run = function() return 0 end
luaunit.LuaUnit.runSuite = luaunit.LuaUnit.run
rawset(os, "exit", function() error(THE_END, 0) end)

package.preload["lure.testing"] = function()
  local file = assert(package.searchpath("lure.testing", package.path))
  return assert(loadfile(file, "t"))(native, luaunit)
end

-- ---- gathering ----

local function is_test(name) return type(name) == "string" and name:sub(1, 4):lower() == "test" end

local SET_UP = { setup = true, teardown = true, setupclass = true, teardownclass = true }

-- The chosen tests of a table, each under the time limit, and how many there are in all.
local function choose(tests, prefix)
  local chosen, n, n_chosen = {}, 0, 0
  for key, value in next, tests do
    if type(key) == "string" and SET_UP[key:lower()] then
      chosen[key] = type(value) == "function" and function(...) return native.guard(value, ...) end or value
    elseif is_test(key) and type(value) == "function" then
      local name = stem .. "." .. prefix .. key
      n = n + 1
      if not only or name:find(only, 1, true) then
        n_chosen = n_chosen + 1
        chosen[key] = function(...) return native.guard(value, ...) end
      end
    end
  end
  return chosen, n, n_chosen
end

local function gather(returned)
  local suites, n = {}, 0
  local function take(name, tests, prefix)
    local chosen, all, n_chosen = choose(tests, prefix)
    n = n + all
    if n_chosen > 0 then suites[#suites + 1] = { name, chosen } end
  end
  if type(returned) == "table" then
    take(stem, returned, "")
  else
    take(stem, _G, "")
    for name, value in pairs(_G) do
      if is_test(name) and type(value) == "table" then take(name, value, name .. ".") end
    end
  end
  table.sort(suites, function(a, b) return a[1] < b[1] end)
  return suites, n
end

-- ---- telling ----

-- The traceback without what called the test, and without its first line.
local function shorten(trace)
  local lines = {}
  for line in (trace or ""):gmatch("[^\n]+") do
    if line:find("'guard'", 1, true) or line:find("/scripts/testing/run.lua", 1, true) then break end
    local ours = line:find("scripts/testing/", 1, true) or line:find("luaunit.lua", 1, true)
      or line:find("[C]: in ", 1, true)
    if line:find("^\t") and not ours then lines[#lines + 1] = line:sub(2) end
  end
  return table.concat(lines, "\n")
end

local Output = luaunit.genericOutput.new()
local Output_meta = { __index = Output }
local began

function Output.new(runner) return setmetatable(luaunit.genericOutput.new(runner, 0), Output_meta) end

function Output:startTest() began = os.clock() end

function Output:endTest(node)
  local seconds, name = os.clock() - began, node.testName
  if name:sub(1, #stem + 1) == stem .. "." then name = name:sub(#stem + 2) end
  if node:isSuccess() then
    add(name, "passed", nil, nil, nil, seconds)
  elseif node:isSkipped() then
    add(name, "skipped", tostring(node.msg):gsub("^[^\n]-:%d+: ", "", 1), nil, nil, seconds)
  else
    local trace = native.last_trace() or node.stackTrace
    local message = tostring(node.msg)
    local status, place = node:isFailure() and "failed" or "error", place_in(trace) or place_in(message)
    add(name, status, strip(message), place, shorten(trace), seconds)
  end
  collectgarbage() -- what a test left dangling shows in the next one
  collectgarbage()
end

-- ---- running ----

local chunk, problem = loadfile(path, "t")
if not chunk then
  fail_file(problem)
  return outcomes
end
local returned, trace
local read, problem_there = xpcall(function() native.guard(function() returned = chunk() end) end, function(e)
  trace = native.last_trace()
  return e
end)
if not read and problem_there ~= THE_END then
  fail_file(tostring(problem_there), shorten(trace))
  return outcomes
end
rawset(os, "exit", not_now)

local suites, n = gather(returned)
if n == 0 then
  fail_file("holds no test: return a table of functions whose names begin with test, or define some")
elseif #suites > 0 then
  local runner = luaunit.LuaUnit.new()
  runner.outputType = Output
  runner.setOutputType = function() end -- whatever LUAUNIT_OUTPUT says
  runner:runSuiteByInstances(suites)
end
return outcomes
