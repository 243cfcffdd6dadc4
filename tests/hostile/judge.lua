-- judge.lua FOLDER FILES REPORT: whether each run of the batch went as its script expects, and the good ones well; REPORT is what
-- lure batch --json wrote. For a batch script: judge.lua FOLDER SCRIPT CODE OUTPUT.
package.path = arg[1] .. "/?.lua;" .. arg[1] .. "/../cli/?.lua;" .. package.path
local cases = require("cases")
local passed, failed = 0, 0

local function note(name, wrong, message)
  if #wrong == 0 then passed = passed + 1 return end
  failed = failed + 1
  print(("FAIL %s: %s; it says:\n  %s"):format(name, table.concat(wrong, ", "), message:sub(1, 500)))
end

local function read(path)
  local file = assert(io.open(path))
  local text = file:read("a")
  file:close()
  return text
end

local function judge_batch(path, code, output)
  local case, outcome = assert(cases.read(path)), "exit code " .. code
  for name in pairs(case.outcomes) do if cases.codes[name] == tonumber(code) then outcome = name end end
  note(case.name, cases.judge(case, outcome, output:gsub("^lure: ", "")), output)
end

local function judge_all()
  local by_name, seen = {}, 0
  for _, case in ipairs(cases.all(arg[1] .. "/scripts")) do by_name[case.name] = case end
  for line in io.lines(arg[2]) do
    local name, outcome, text = line:match("^(%S+) (%S+) ?(.*)$")
    by_name[name] = { name = name, file = name, outcomes = { [outcome] = true }, says = { text }, here = {} }
  end
  local report = require("json").decode(read(arg[3]))
  local n_ok = 0
  for _, run in ipairs(report.runs) do
    local case = by_name[run.experiment]
    if case then
      note(case.name, cases.judge(case, run.outcome, run.error or ""), run.error or "")
      case.seen, seen = true, seen + 1
    else
      note(run.experiment, run.outcome == "ok" and {} or { "a good run is " .. run.outcome }, run.error or "")
    end
    n_ok = n_ok + (run.outcome == "ok" and 1 or 0)
  end
  for name, case in pairs(by_name) do if not case.seen and case.role ~= "batch" then note(name, { "it was not run" }, "") end end
  note("the counts", (report.planned == 2 * seen and report.done == n_ok and report.failed == 2 * seen - n_ok) and {} or { "they do not agree" },
    ("%d planned, %d done, %d failed"):format(report.planned, report.done, report.failed))
end

if arg[4] then judge_batch(arg[2], arg[3], read(arg[4])) else judge_all() end
print(passed .. " passed, " .. failed .. " failed")
