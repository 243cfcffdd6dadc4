-- batch.lua FILE FAILS: checks the document of `lure batch --json` of 3 rates x 2 rewards x 30 seeds of which FAILS fail:
-- every run has its place and its outcome, and the configurations are what their runs say. Run by test_batch.sh.
package.path = arg[0]:gsub("[^/]*$", "?.lua") .. ";" .. package.path
local json = require "json"
local passed, failed = 0, 0

local function check(name, expected, got)
  if expected == got then
    passed = passed + 1
  else
    failed = failed + 1
    print(("FAILED %s\n  expected: %s\n  got:      %s"):format(name, expected, got))
  end
end

local file = assert(io.open(arg[1]))
local document = json.decode(file:read("a"))
file:close()
local n_fail = math.tointeger(arg[2])

check("schema", "lure.batch/1", document.schema)
check("planned", 180, document.planned)
check("done", 180 - n_fail, document.done)
check("failed", n_fail, document.failed)
check("runs", 180, #document.runs)
check("configurations", 6, #document.configurations)

-- the order is the plan's: the rate, within it the reward, within that the seed
local rates, ids, in_order, complete = { 0.1, 0.5, 1.0 }, {}, 0, 0
local values = {}
for i, run in ipairs(document.runs) do
  local configuration = (i - 1) // 30 + 1
  values[configuration] = values[configuration] or {}
  local moody = type(run.settings.reward) == "table"
  if run.seed == (i - 1) % 30 + 1 and run.settings["learning_rate.rate"] == rates[(configuration + 1) // 2]
    and moody == (configuration % 2 == 0) and run.settings.updates == 20 then
    in_order = in_order + 1
  end
  ids[run.run_id] = true
  if run.outcome == "ok" and run.summary.columns.bias and run.directory:find(run.run_id, 1, true) and not run.error then
    complete = complete + 1
    table.insert(values[configuration], run.summary.episodic_return_100)
  elseif run.outcome == "script_error" and moody and run.error:find("too hungry") and run.command:find("^lure run ") then
    complete = complete + 1
  end
end
local n_ids = 0
for _ in pairs(ids) do n_ids = n_ids + 1 end
check("runs in the order of the plan", 180, in_order)
check("runs with all that belongs to their outcome", 180, complete)
check("different ids", 180, n_ids)

for i, configuration in ipairs(document.configurations) do
  local sum = 0
  for _, value in ipairs(values[i]) do sum = sum + value end
  check("seeds of configuration " .. i, #values[i], configuration.episodic_return_100.n)
  local mean = configuration.episodic_return_100.mean
  check("mean of configuration " .. i, true, math.abs(mean - sum / #values[i]) < 1e-12)
  check("interval of configuration " .. i, true,
    configuration.episodic_return_100.low < mean and mean < configuration.episodic_return_100.high)
  check("tracked in configuration " .. i, "bias", configuration.tail_mean.column)
  check("what is varied, not what is set", json.null, configuration.settings.updates or json.null)
end

print(("%d passed, %d failed"):format(passed, failed))
os.exit(failed == 0)
