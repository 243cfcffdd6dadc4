-- batch_table.lua: batch.sh's samples as a table for people and as a CSV. A reach is what lure sets itself.
package.path = arg[0]:gsub("[^/]*$", "?.lua;") .. package.path
local tables = require("tables")

local samples = {} -- samples[measure][round] = list
for line in io.lines(os.getenv("BENCH_SAMPLES")) do
  local round, measure, value = line:match("^(%d+) (%S+) (%S+)$")
  if not round then error("not a sample: " .. line) end
  samples[measure] = samples[measure] or {}
  samples[measure][tonumber(round)] = samples[measure][tonumber(round)] or {}
  table.insert(samples[measure][tonumber(round)], tonumber(value))
end

local function summary(measure)
  local list = {}
  for _, round in pairs(samples[measure] or {}) do table.move(round, 1, #round, #list + 1, list) end
  return tables.summary(list)
end

-- a by b within each round
local function ratio(a, b)
  local list = {}
  for round, x in pairs(samples[a] or {}) do
    local y = samples[b] and samples[b][round]
    if y then list[#list + 1] = tables.mean(x) / tables.mean(y) end
  end
  return tables.summary(list)
end

local function count(name) -- 100,000
  local text = tostring(math.tointeger(tonumber(os.getenv(name))))
  return (text:reverse():gsub("(%d%d%d)(%f[%d])", "%1,"):reverse())
end

local csv = assert(io.open(os.getenv("BENCH_CSV"), "w"))
csv:write("measure,samples,median,min,max,reach,met\n")
local line = "%-58s %9s %9s %9s  %-14s %s"
local function show(...) print((line:format(...):gsub("%s+$", ""))) end
local function number(x)
  return x >= 1000 and ("%.0f"):format(x) or math.abs(x) < 0.001 and ("%.4f"):format(x) or ("%.3g"):format(x)
end

local memory, disk = os.getenv("BENCH_MEMORY_KIND"), os.getenv("BENCH_DISK_KIND")
local runs, planned, indexed = count("BENCH_RUNS"), count("BENCH_PLANNED"), count("BENCH_INDEXED")

local function row(measure, label, reach, s)
  s = s or summary(measure)
  if not s then return end
  local met, aim
  if reach then
    if reach.least then met, aim = s.median >= reach.least, "at least " .. reach.least end
    if reach.most then met, aim = s.median <= reach.most, "at most " .. reach.most end
  end
  show("  " .. label, number(s.median), number(s.min), number(s.max), aim or "", tables.verdict(met))
  tables.write(csv, measure, s.n, s.median, s.min, s.max, aim, met)
end
local function heading(text) show(text, "median", "min", "max", "reach", "") end

heading(runs .. " lessons of 200 updates, in memory (" .. memory .. ")")
row("one_rate", "runs a second, one worker")
row("two_rate", "runs a second, two workers")
row("two_by_one", "two workers by one", { least = 1.9 }, ratio("two_rate", "one_rate"))
row("one_itself", "a run itself, ms")
row("one_beside", "a run beside itself, one worker, ms", { most = 1 })
row("one_processor", "processor time a run, all processes, ms")
row("first_processor", "the same of a run of one update, ms", { most = 1 })
row("worker", "peak memory of a worker, MiB", { most = 20 })
row("parent", "peak memory of the parent, MiB")
heading("the same on a disk (" .. disk .. ")")
row("disk_one_rate", "runs a second, one worker")
row("disk_two_rate", "runs a second, two workers")
row("disk_two_by_one", "two workers by one", { least = 1.9 }, ratio("disk_two_rate", "disk_one_rate"))
row("disk_one_beside", "a run beside itself, one worker, ms", { most = 1 })
heading(count("BENCH_LONG_RUNS") .. " lessons of 50,000 updates, in memory (" .. memory .. ")")
row("long_one_itself", "a run itself, ms")
row("long_one_share", "a run beside itself, one worker, per cent", { most = 5 })
heading("without a batch runner, in memory (" .. memory .. ")")
row("xargs_1", "xargs -P 1 lure run: runs a second")
row("xargs_2", "xargs -P 2 lure run: runs a second")
row("one_by_xargs", "lure batch by xargs, one at a time", nil, ratio("one_rate", "xargs_1"))
row("two_by_xargs", "lure batch by xargs, two at a time", nil, ratio("two_rate", "xargs_2"))
row("python_1", "a pool of one Python process: runs a second")
row("python_2", "a pool of two Python processes: runs a second")
row("one_by_python", "lure batch by Python, one at a time", nil, ratio("one_rate", "python_1"))
row("two_by_python", "lure batch by Python, two at a time", nil, ratio("two_rate", "python_2"))
heading(planned .. " runs planned (--dry-run)")
for _, plan in ipairs { { "seeds", "one configuration" }, { "both", "a hundred runs of each configuration" },
  { "configurations", "one run of each configuration" } } do
  row("plan_" .. plan[1] .. "_seconds", plan[2] .. ", s", { most = 2 })
  row("plan_" .. plan[1] .. "_memory", plan[2] .. ", peak MiB", { most = 200 })
end
if samples.index_put then
  heading("an index of " .. indexed .. " runs")
  row("index_put", "filled, in memory (" .. memory .. "), s")
  row("index_disk_put", "filled, on a disk (" .. disk .. "), s")
  row("index_size", "its size, MiB")
  row("index_best", "the best ten (the process lure ls --best 10), ms", { most = 100 })
end
local others = summary("others")
if others then
  print(("\nother programs used %.2f processors meanwhile (median; %.2f to %.2f)"):format(
    others.median, others.min, others.max))
end
if os.getenv("BENCH_NO_TWO") ~= "" then print("two workers were not measured: " .. os.getenv("BENCH_NO_TWO")) end
csv:close()
