-- ppo_table.lua: ppo.sh's samples as a table for people and as a CSV. A reach is what lure sets itself.
package.path = arg[0]:gsub("[^/]*$", "?.lua;") .. package.path
local tables = require("tables")

local samples = {} -- samples[measure][round] = list
for line in io.lines(os.getenv("BENCH_SAMPLES")) do
  local round, measure, value = line:match("^(%d+) (%S+) (%S+)$")
  if not round then error("not a sample: " .. line) end
  round, value = tonumber(round), tonumber(value) -- "nan", not learned: no number
  samples[measure] = samples[measure] or {}
  samples[measure][round] = samples[measure][round] or {}
  table.insert(samples[measure][round], value or math.huge)
end

local function summary(measure)
  local list = {}
  for _, round in pairs(samples[measure] or {}) do
    for _, x in ipairs(round) do list[#list + 1] = x end
  end
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

local csv = assert(io.open(os.getenv("BENCH_CSV"), "w"))
csv:write("measure,program,samples,median,min,max,ratio,ratio_min,ratio_max,reach,met\n")
local function store(...) tables.write(csv, ...) end
local line = "%-46s %10s %10s %10s  %-18s %s"
local function show(...) print((line:format(...):gsub("%s+$", ""))) end
local function number(x)
  if x == math.huge then return "never" end
  return x >= 1000 and ("%.0f"):format(x) or ("%.3g"):format(x)
end

show("PPO, CartPole, 4 x 128 steps, 4 x 4 minibatches", "median", "min", "max", "reach", "")
local measures = {
  { "rate", "steps a second", more = true, by = 60 },
  { "start", "process to its first finished iteration, ms", most = 20 },
  { "memory", "peak memory, MiB", most = 24 },
  { "steps", "steps to a mean return of 475", seeds = true },
  { "seconds", "seconds to it", seeds = true },
}
for _, m in ipairs(measures) do
  local name, label = m[1], m[2]
  for _, program in ipairs { "lure", "cleanrl" } do
    local s = summary(program .. "_" .. name)
    if s then
      local reach = program == "lure" and m.most
      local met
      if reach then met = s.median <= reach end
      show((program == "lure" and "lure: " or "CleanRL: ") .. label, number(s.median), number(s.min), number(s.max),
           reach and "at most " .. reach or "", tables.verdict(met))
      store(label, program, s.n, s.median, s.min, s.max, nil, nil, nil, reach or nil, met)
    end
  end
  local ours, theirs = "lure_" .. name, "cleanrl_" .. name
  local r
  if m.more then r = ratio(ours, theirs) else r = ratio(theirs, ours) end
  if r and not m.seeds then -- seeds of two programs have nothing in common
    local met
    if m.by then met = r.median >= m.by end
    show("  times as " .. (m.more and "many" or "much"), number(r.median), number(r.min), number(r.max),
         m.by and "at least " .. m.by or "", tables.verdict(met))
    store(label, "ratio", r.n, nil, nil, nil, r.median, r.min, r.max, m.by, met)
  end
end

print()
local waited = summary("waited")
if waited then print(("waited for the processor: at most %.0f %% of a sample"):format(100 * waited.max)) end
if os.getenv("BENCH_NO_CLEANRL") ~= "" then
  print("SKIPPED: CleanRL: " .. os.getenv("BENCH_NO_CLEANRL"))
else
  print("CleanRL's ppo.py by " .. os.getenv("BENCH_VERSIONS"))
end
csv:close()
print("written: " .. os.getenv("BENCH_CSV"))
