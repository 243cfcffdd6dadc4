-- table.lua: the benchmark's samples as a table for people and as build/bench.csv. Called by run.sh, which hands over
-- what it knows in the environment. A reach is what lure sets itself; whether it is met is computed here from samples.
local samples, learned = {}, true -- samples[measure] = list of { round =, value =, bias = }
for line in io.lines(os.getenv("BENCH_SAMPLES")) do
  local round, measure, value, bias = line:match("^(%S+) (%S+) (%S+) ?(%S*)$")
  if not measure then error("not a sample: " .. line) end
  samples[measure] = samples[measure] or {}
  table.insert(samples[measure], { round = round, value = tonumber(value), bias = tonumber(bias) })
end

local counts = {}
for program, n in os.getenv("BENCH_COUNTS"):gmatch("(%S+)=(%d+)") do counts[program] = tonumber(n) end

local function values(measure)
  local list = {}
  for _, sample in ipairs(samples[measure] or {}) do list[#list + 1] = sample.value end
  return list
end

package.path = arg[0]:gsub("[^/]*$", "?.lua;") .. package.path
local tables = require("tables")
local summary = tables.summary

-- a / b, pair by pair: of the same round, where rounds are known, else in order
local function ratios(a, b)
  local list = {}
  for i, x in ipairs(samples[a] or {}) do
    for j, y in ipairs(samples[b] or {}) do
      if x.round == y.round and (x.round ~= "-" or i == j) then list[#list + 1] = x.value / y.value end
    end
  end
  return summary(list)
end

-- ---- CSV ----

local csv = assert(io.open(os.getenv("BENCH_CSV"), "w"))
local date = os.date("!%Y-%m-%dT%H:%M:%SZ")
local function write_row(...) tables.write(csv, ...) end
write_row("date", "cpu", "commit", "versions", "measure", "unit", "samples", "median", "min", "max",
          "ratio", "ratio_min", "ratio_max", "reach", "met", "note")
local function store(measure, unit, s, ratio, reach, met, note)
  s, ratio = s or {}, ratio or {}
  write_row(date, os.getenv("BENCH_CPU"), os.getenv("BENCH_COMMIT"), os.getenv("BENCH_VERSIONS"), measure, unit, s.n,
            s.median, s.min, s.max, ratio.median, ratio.min, ratio.max, reach,
            met == nil and "" or met and "yes" or "no", note)
end

-- ---- the lesson ----

local function number(x) -- three digits, or whole with thousands parted
  if x < 1000 then return ("%.3g"):format(x) end
  local text = ("%.0f"):format(x)
  return (text:reverse():gsub("(%d%d%d)", "%1,"):reverse():gsub("^,", ""))
end
local line = "%-44s %9s %9s %9s  %8s  %-20s %s"
local function show(...) print((line:format(...):gsub("%s+$", ""))) end

print(("lure %s on %s, %s"):format(os.getenv("BENCH_COMMIT"), os.getenv("BENCH_CPU"), date))
print(os.getenv("BENCH_VERSIONS"))
print()
show("The lesson, ns per update", "median", "min", "max", "x lure", "reach", "")
local programs = {
  { "lure_logging", "lure, shipped scripts, every update logged" },
  { "lure", "lure, the same, only the last update logged" },
  { "c", "C, plain loop, exp from libm" },
  { "lua", "Lua 5.4, plain loop", "lure at most 4 x", 4 },
  { "lua_roles", "Lua 5.4, roles as functions and tables" },
  { "torch", "PyTorch, autograd and SGD", "150 x lure's or more", 1 / 150 },
}
for _, program in ipairs(programs) do
  local name, label, reach, most = table.unpack(program)
  local s = summary(values(name))
  if s then
    local ratio, of_lure = ratios(name, "lure"), ratios("lure", name)
    local met
    if most and of_lure then met = of_lure.median <= most end
    local note = ""
    if reach and of_lure then
      note = most >= 1 and (" (lure is %.1f x)"):format(of_lure.median) or (" (%.0f x)"):format(ratio.median)
    end
    show(label, number(s.median), number(s.min), number(s.max), ratio and number(ratio.median) or "", reach or "",
         tables.verdict(met) .. note)
    store(name, "ns/update", s, ratio, reach, met, ("%d updates a sample"):format(counts[name] or 0))
  else
    local reason = name == "torch" and os.getenv("BENCH_NO_TORCH") or ""
    reason = reason ~= "" and "skipped: " .. reason or "failed, see above"
    print(("%-44s %s"):format(label, reason))
    store(name, "ns/update", nil, nil, nil, nil, reason)
  end
end

-- ---- did they learn? ----

local parts = {}
for _, program in ipairs(programs) do
  local biases = {}
  for _, sample in ipairs(samples[program[1]] or {}) do biases[#biases + 1] = sample.bias end
  local s = summary(biases)
  if s then
    -- about its mean of -10 the bias keeps a standard deviation of 0.753
    local near = s.min > -10 - 5 * 0.753 and s.max < -10 + 5 * 0.753
    learned = learned and near
    parts[#parts + 1] = ("%s %.1f%s"):format(program[1], s.median, near and "" or " (NOT near -10)")
    store(program[1] .. "_bias", "", s, nil, "within 5 standard deviations of -10", near)
  end
end
print("bias at the end, median (the lesson's is -10): " .. table.concat(parts, ", "))

-- ---- the rest ----

print()
show("lure itself", "median", "min", "max", "", "reach", "")
local function row(label, measure, unit, s, reach, met, note)
  if not s then
    note = note or "failed, see above"
    print(("%-44s %s"):format(label, note))
  else
    show(label, number(s.median), number(s.min), number(s.max), "", reach or "", tables.verdict(met))
  end
  store(measure, unit, s, nil, reach, met, note)
end

local start, memory = summary(values("start")), summary(values("memory"))
row("process to its first finished update, ms", "start", "ms", start, "20", start and start.median <= 20)
row("its peak memory, MiB", "memory", "MiB", memory, "16", memory and memory.median <= 16)

local batch = ratios("jobs_1", "jobs_2")
local no_batch = os.getenv("BENCH_NO_BATCH")
row("64 runs, 2 workers instead of 1, times as fast", "batch", "ratio", batch, "1.9", batch and batch.median >= 1.9,
    no_batch ~= "" and "skipped: " .. no_batch or nil)
if no_batch == "" then
  row("  what the machine gives two plain Lua loops", "machine", "ratio", ratios("loop_1", "loop_2"))
end

local limit = ratios("with", "without")
if limit then
  for _, key in ipairs { "median", "min", "max" } do limit[key] = 100 * (limit[key] - 1) end
end
row("cost of the scripts' time limit, %", "limit", "%", limit, "2", limit and limit.median <= 2)

-- ---- how far to trust it ----

local function above(measure, most)
  local n = 0
  for _, value in ipairs(values(measure)) do n = n + (value > most and 1 or 0) end
  return n, #values(measure)
end
print()
print(("pinned: %s; load when it began: %s"):format(os.getenv("BENCH_PIN"), os.getenv("BENCH_LOAD")))
print(("%d of %d samples had to wait for their processor (over 2 %% of the time)"):format(above("waited", 0.02)))
print(("%d of %d pairs with workers shared the machine with other programs (over 5 %% of the time)")
      :format(above("others", 0.05)))
print("x lure: median over the rounds of this program's time by lure's (only the last update logged) in the same round")
print("written: " .. os.getenv("BENCH_CSV"))
csv:close()
if not learned then
  io.stderr:write("bench: a program did not learn the lesson\n")
  os.exit(1)
end
