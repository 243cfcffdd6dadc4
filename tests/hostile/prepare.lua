-- prepare.lua FOLDER STEP_SECONDS FILES: in the current directory everything that the batch needs: each script in its role's folder, an
-- experiment for each and one that is well behind each, batches/hostile.lua. FILES: name, outcome and text of further rewards, a line each.
package.path = arg[1] .. "/?.lua;" .. package.path
local cases = require("cases")

local function write(path, ...)
  local file = assert(io.open(path, "w"))
  file:write(...)
  file:close()
end

local all, wrong = cases.all(arg[1] .. "/scripts")
for line in io.lines(arg[3]) do
  local name, outcome, text = line:match("^(%S+) (%S+) ?(.*)$")
  all[#all + 1] = { name = name, outcome = outcome, role = "reward", file = "rewards/" .. name .. ".lua", with = "", says = { text } }
end
local names = {}
for i, case in ipairs(all) do
  local folder = cases.folders[case.role]
  if case.path then os.execute(("cp '%s' %s/"):format(case.path, folder)) end
  if case.role ~= "experiment" and case.role ~= "batch" then write("experiments/" .. case.name .. ".lua", cases.experiment(case)) end
  if case.role ~= "batch" then
    names[#names + 1] = ("  %q, %q,\n"):format(case.name, "good_" .. i)
    write(("experiments/good_%d.lua"):format(i), cases.good(i))
  end
end
write("experiments/good_0.lua", cases.good(0))
write("batches/hostile.lua", "return {\n  set = { [\"limits.step_seconds\"] = ", arg[2], ", [\"limits.memory_mb\"] = 64 },\n  experiments = {\n",
  table.concat(names), "  },\n}\n")
for _, message in ipairs(wrong) do print("FAIL " .. message) end
print(#names, #all - #names)
