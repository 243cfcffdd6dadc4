-- cases.lua: what the scripts of this folder say of themselves, and the experiments and the batch that run them. A script begins with
--     -- expect: OUTCOME ROLE       an outcome of the batch's report (of a batch script: also usage, failed), and a role
--     -- or: OUTCOME                allowed as well
--     -- says: TEXT                 the message holds it; any number of these
--     -- with: FIELDS               more fields of the experiment, which otherwise is the lesson's (or the world's own)
--     -- plain: WHY              left out of a build with sanitizers
-- and marks the lines of which the message names one with a closing "-- here". Without such a line it names the script.
local cases = {}

cases.folders = { reward = "rewards", schedule = "schedules", learning_rate = "learning_rates", algorithm = "algorithms",
                  environment = "environments", experiment = "experiments", batch = "batches" }
cases.codes = { ok = 0, script_error = 3, limit_step_time = 3, limit_memory = 3, crashed = 1, host_io = 4, usage = 2, failed = 1 }

local lesson = [[
return {
  environment = "fry_shacks", reward = "right_portion", schedule = "uniform_hunger", algorithm = "policy_gradient", learning_rate = 1.0,
  policy = { { "linear", weight = 20, bias = 0, train = { "bias" } }, "bernoulli" }, precision = "double", updates = 200,
]]
local of_a_world = [[
return {
  algorithm = { "reinforce", episodes = 2 }, learning_rate = 0.1, policy = { "linear", "categorical" }, updates = 20,
]]

-- The case, or nil and what is wrong with it.
function cases.read(path)
  local case = { name = path:match("([^/]+)%.lua$"), path = path, outcomes = {}, says = {}, here = {}, with = "" }
  local n = 0
  for line in io.lines(path) do
    n = n + 1
    local key, value = line:match("^%-%- (%a+): (.*)$")
    if key == "expect" and n == 1 then
      case.outcome, case.role = value:match("^([%a_]+) ([%a_]+)$")
    elseif key == "or" then
      case.outcomes[value] = true
    elseif key == "says" then
      case.says[#case.says + 1] = value
    elseif key == "plain" then
      case.plain = true
    elseif key == "with" then
      case.with = value
    elseif line:find("%-%- here$") then
      case.here[#case.here + 1] = n
    end
  end
  if not cases.codes[case.outcome] or not cases.folders[case.role] then
    return nil, case.name .. ": its first line is not -- expect: OUTCOME ROLE"
  end
  case.outcomes[case.outcome] = true
  return case
end

-- All scripts of a folder by name, and what is wrong with others.
function cases.all(folder)
  local all, wrong = {}, {}
  for path in io.popen("LC_ALL=C ls '" .. folder .. "'/*.lua"):lines() do
    local case, message = cases.read(path)
    local left_out = case and case.plain and os.getenv("SANITIZED")
    if not left_out then all[#all + 1], wrong[#wrong + 1] = case, message end
  end
  return all, wrong
end

-- The experiment that has the script in its role.
function cases.experiment(case)
  if case.role == "environment" then
    return ("%s  environment = %q, %s\n}\n"):format(of_a_world, case.name, case.with)
  end
  return (lesson:gsub(case.role .. " = [^,]+,", "")) .. ("  %s = %q, %s\n}\n"):format(case.role, case.file or case.name, case.with)
end

-- The same run each time under another id: an episode is one step long, so its limit changes nothing.
function cases.good(i) return ("%s  max_steps = %d,\n}\n"):format(lesson, 1000 + i) end

-- What is wrong with how it went: a list of words.
function cases.judge(case, outcome, message)
  local wrong = {}
  local function expect(is, ...) if not is then wrong[#wrong + 1] = table.concat({ ... }) end end
  expect(case.outcomes[(outcome:gsub("%(.*", ""))], "it is ", outcome)
  for _, text in ipairs(case.says) do expect(message:find(text, 1, true), "it does not say ", text) end
  local first, named = message:match("^[^\n]*") .. " ", outcome == "ok" or outcome:find("^crashed") or case.file
  for _, line in ipairs(case.here) do named = named or first:find(case.name .. "%.lua:" .. line .. "%D") end
  if #case.here == 0 then named = named or case.role == "batch" or message:find(case.name, 1, true) or #case.says > 0 end
  expect(named, "it does not name the line")
  expect(not message:find("[%z\1-\8\11-\31\127]"), "it has control characters")
  expect(not message:find("0x[%da-f][%da-f][%da-f][%da-f][%da-f]"), "it has an address")
  return wrong
end

return cases
