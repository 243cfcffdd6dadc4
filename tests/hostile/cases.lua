-- cases.lua FOLDER: what the scripts of the folder say of themselves, and the experiments and the batch that run them, written into the
-- current directory. A script begins with
--     -- expect: OUTCOME ROLE       ok, script_error, limit_step_time, limit_memory, crashed; reward, schedule, ...
--     -- says: TEXT                 the message holds it; any number of these
--     -- with: FIELDS               more fields of the experiment, which otherwise is the lesson's (or the environment's own)
-- and marks the lines that the message may name with a closing "-- here".
local cases = {}

local folders = { reward = "rewards", schedule = "schedules", learning_rate = "learning_rates", algorithm = "algorithms",
                  environment = "environments", experiment = "experiments", batch = "batches" }
local outcomes = { ok = true, script_error = true, limit_step_time = true, limit_memory = true, crashed = true }

function cases.read(path)
  local case = { name = path:match("([^/]+)%.lua$"), says = {}, here = {}, with = "" }
  local n = 0
  for line in io.lines(path) do
    n = n + 1
    local key, value = line:match("^%-%- (%a+): (.*)$")
    if key == "expect" and n == 1 then
      case.outcome, case.role = value:match("^([%a_]+) ([%a_]+)$")
    elseif key == "says" then
      case.says[#case.says + 1] = value
    elseif key == "with" then
      case.with = value
    elseif line:find("%-%- here$") then
      case.here[#case.here + 1] = n
    end
  end
  if not outcomes[case.outcome] or not folders[case.role] then
    return nil, case.name .. ": the first line is not -- expect: OUTCOME ROLE"
  end
  return case
end

-- All of a folder by name; the names of those that do not say what they expect.
function cases.all(folder)
  local all, bad = {}, {}
  for path in io.popen("LC_ALL=C ls '" .. folder .. "'/*.lua"):lines() do
    local case, message = cases.read(path)
    if case then all[#all + 1] = case else bad[#bad + 1] = message end
    if case then case.path = path end
  end
  return all, bad
end

local function write(path, ...)
  local file = assert(io.open(path, "w"))
  file:write(...)
  file:close()
end

local lesson = [[
return {
  environment = "fry_shacks", reward = "right_portion", schedule = "uniform_hunger", algorithm = "policy_gradient", learning_rate = 1.0,
  policy = { { "linear", weight = 20, bias = 0, train = { "bias" } }, "bernoulli" }, precision = "double", updates = 200,
]]
local of_a_world = [[
return {
  algorithm = { "reinforce", episodes = 2 }, learning_rate = 0.1, policy = { "linear", "categorical" }, updates = 20,
]]

-- The experiment that has the script in its role.
function cases.experiment(case)
  if case.role == "environment" then
    return ("%s  environment = %q, %s\n}\n"):format(of_a_world, case.name, case.with)
  end
  local fields = lesson:gsub(case.role .. " = [^,]+,", "") .. ("  %s = %q, %s\n}\n"):format(case.role, case.name, case.with)
  return fields
end

-- The same run each time, whose id differs: an episode is one step long anyhow.
function cases.good(i)
  return lesson .. ("  max_steps = %d,\n}\n"):format(1000 + i)
end

function cases.write(all, folder)
  local names = {}
  for i, case in ipairs(all) do
    os.execute(("cp '%s' %s/"):format(case.path, folders[case.role]))
    if case.role ~= "experiment" and case.role ~= "batch" then write("experiments/" .. case.name .. ".lua", cases.experiment(case)) end
    if case.role ~= "batch" then names[#names + 1] = ("  %q, %q,\n"):format(case.name, "good_" .. i) end
    write(("experiments/good_%d.lua"):format(i), cases.good(i))
  end
  write("experiments/good_0.lua", cases.good(0))
  write("batches/hostile.lua", "return {\n  set = { [\"limits.step_seconds\"] = 0.3, [\"limits.memory_mb\"] = 64 },\n  experiments = {\n",
    table.concat(names), "  },\n}\n")
end

return cases
