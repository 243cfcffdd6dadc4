-- lua_host tests/lua/run.lua [TEXT]: runs every test of tests/lua/test_*.lua, or those whose name holds TEXT. Each file
-- returns a table of tests; what several share lies beside them, for require. Collects garbage after each test, so that
-- what a test left dangling shows in the next one.
-- Counts for itself: LuaUnit's exit code is 0 for no test at all and for 256 failures.
local luaunit = require("luaunit")

local FOLDER = "tests/lua"
local wanted = ...
package.path = FOLDER .. "/?.lua;" .. package.path

-- What LuaUnit tells while it runs: only what went wrong is worth a line.
local Output = luaunit.genericOutput.new()
local Output_meta = { __index = Output }

function Output.new(runner) return setmetatable(luaunit.genericOutput.new(runner, 0), Output_meta) end

function Output:endTest(node)
  if node:isSkipped() then
    print("skipped " .. node.testName .. ": " .. tostring(node.msg))
  elseif not node:isSuccess() then
    print("FAIL " .. node.testName .. "\n" .. tostring(node.msg) .. "\n" .. tostring(node.stackTrace))
  end
  collectgarbage()
  collectgarbage() -- what had a finalizer goes at the second
end

-- A file that cannot be read, returns no table or holds no test is a failed test of that name.
local function failing(name, message) return { name, { test_file = function() error(message, 0) end } } end

local function tests_of(file)
  local name = file:gsub("%.lua$", "")
  local read, tests = pcall(dofile, FOLDER .. "/" .. file)
  if not read then return failing(name, tostring(tests)) end
  if type(tests) ~= "table" then return failing(name, file .. " returns no table of tests") end
  local chosen, n = {}, 0
  for key, test in pairs(tests) do
    if type(key) ~= "string" or not key:find("^test_") or type(test) ~= "function" then
      return failing(name, ("%s: '%s' is no function test_..."):format(file, tostring(key)))
    end
    n = n + 1
    if not wanted or (name .. "." .. key):find(wanted, 1, true) then chosen[key] = test end
  end
  if n == 0 then return failing(name, file .. " holds no test") end
  return { name, chosen }
end

local suites = {}
for _, file in ipairs(lure_test.files(FOLDER, ".lua")) do
  if file:find("^test_") then
    local suite = tests_of(file)
    if next(suite[2]) then suites[#suites + 1] = suite end
  end
end

local runner = luaunit.LuaUnit.new()
runner.outputType = Output
runner.setOutputType = function() end -- whatever LUAUNIT_OUTPUT says
runner:runSuiteByInstances(suites)

local result = runner.result
local failed = result.failureCount + result.errorCount
if result.runCount == 0 and result.skippedCount == 0 then
  print("FAIL: no test ran")
  failed = failed + 1
end
local skipped = result.skippedCount > 0 and (", %d skipped"):format(result.skippedCount) or ""
print(("%d passed, %d failed%s"):format(result.successCount, failed, skipped))
return failed == 0 and 0 or 1
