-- worlds_table.lua: worlds.sh's samples as a table for people and as a CSV. A reach is what lure sets itself. Exit
-- code 1: the episodes of a program are not as long as those of CartPole under random actions (22.24 steps on
-- average), so that its time means nothing.
local values, order, memory = {}, {}, {} -- values["lure host 1"][round] = list of ns
local lengths = {}                       -- the same, of mean lengths, all rounds together
for line in io.lines(os.getenv("BENCH_SAMPLES")) do
  local round, program, ns, length, measure = line:match("^(%d+) (%a+) (%S+) (%S+) (.+)$")
  if not round then error("not a sample: " .. line) end
  if program == "memory" then
    memory[measure] = memory[measure] or {}
    memory[measure][round] = { account = tonumber(ns), resident = tonumber(length) }
  else
    local name = program .. " " .. measure
    if not values[name] then
      values[name], lengths[name] = {}, {}
      order[#order + 1] = name
    end
    round = tonumber(round)
    values[name][round] = values[name][round] or {}
    table.insert(values[name][round], tonumber(ns))
    table.insert(lengths[name], tonumber(length))
  end
end

package.path = arg[0]:gsub("[^/]*$", "?.lua;") .. package.path
local tables = require("tables")
local median, mean = tables.median, tables.mean

local function typical(name)
  local list = {}
  for _, round in pairs(values[name]) do list[#list + 1] = mean(round) end
  return median(list)
end

-- a by b within each round: the median, the smallest, the largest, how many
local function ratio(a, b)
  local list = {}
  for round, x in pairs(values[a] or {}) do
    local y = values[b] and values[b][round]
    if y then list[#list + 1] = mean(x) / mean(y) end
  end
  return median(list), list[1], list[#list], #list
end

local titles = {
  ["lure loop"] = "bare Lua loop in lure's sandbox", ["lua loop"] = "bare Lua loop in lua5.4", ["c loop"] = "loop in C",
  ["gymnasium make"] = "Gymnasium's make()", ["gymnasium sample"] = "the same, with action_space.sample()",
}
local function title(name)
  return titles[name] or (name:gsub("^lure host (%d+)$", "lure, copies = %1"):gsub("^gymnasium sync", "SyncVectorEnv")
    :gsub("^gymnasium vector", "CartPoleVectorEnv"))
end

local csv = assert(io.open(os.getenv("BENCH_CSV"), "w"))
csv:write("measure,ns_a_step,steps_a_second,ratio,ratio_min,ratio_max,rounds,reach,met\n")
local function store(...) tables.write(csv, ...) end
local function put(line) print((line:gsub("%s+$", ""))) end

put(("%-42s %10s %14s %16s"):format("CartPole, random actions", "ns a step", "steps a second", "by lure, 1 copy"))
local wrong = false
for _, name in ipairs(order) do
  local ns, times, least, most, n = typical(name), ratio(name, "lure host 1")
  put(("%-42s %10.4g %14.4g %16.3g"):format(title(name), ns, 1e9 / ns, times))
  store(title(name), ns, 1e9 / ns, times, least, most, n)
  local length = mean(lengths[name]) -- its deviation is some 0.6 in one sample of a slow program, of 400 episodes
  if math.abs(length - 22.24) > 4 * 0.6 / math.sqrt(#lengths[name]) then
    io.stderr:write(("bench: %s: episodes of %.2f steps, not of 22.24\n"):format(title(name), length))
    wrong = true
  end
end

print()
local function hold(text, a, b, sign, reach)
  local times, least, most, n = ratio(a, b)
  if not times then return end
  local met
  if reach then
    if sign == "<=" then met = times <= reach else met = times >= reach end
  end
  local limit = reach and ((sign == "<=" and "at most " or "at least ") .. reach) or ""
  put(("%-52s %7.3g (%.3g to %.3g)  %-14s %s"):format(text, times, least, most, limit, tables.verdict(met)))
  store(text, nil, nil, times, least, most, n, limit, met)
end
for _, copies in ipairs { 1, 8, 64 } do
  local ours = "lure host " .. copies
  hold(("lure, copies = %d, by the loop in the sandbox"):format(copies), ours, "lure loop", "<=", 1.25)
  hold(("lure, copies = %d, by the loop in lua5.4"):format(copies), ours, "lua loop", "<=") -- whose sine is libm's
end
hold("make() with action_space.sample() by lure, 1 copy", "gymnasium sample", "lure host 1", ">=", 15)
hold("make(), its actions for free, by lure, 1 copy", "gymnasium make", "lure host 1", ">=")
hold("SyncVectorEnv(8) by lure, 8 copies", "gymnasium sync 8", "lure host 8", ">=", 20)
for _, copies in ipairs { 8, 64, 1024 } do
  local ours = copies == 1024 and 512 or copies
  hold(("CartPoleVectorEnv(%d) by lure, %d copies"):format(copies, ours), "gymnasium vector " .. copies,
    "lure host " .. ours, ">=")
end
for _, copies in ipairs { 8, 64, 512, 4096 } do
  hold(("a step of %d copies by one of 1"):format(copies), "lure host " .. copies, "lure host 1", "<=", 1.1)
end
for _, copies in ipairs { "1", "64" } do
  for _, what in ipairs { "account", "resident" } do
    local short, long = memory[copies]["100000"][what], memory[copies]["1000000"][what]
    local text = ("peak of memory (%s), copies = %s, 10^6 by 10^5 steps"):format(what, copies)
    local met = long <= short + (what == "account" and 65536 or 524288) -- pages come and go; a byte a step is 900,000
    put(("%-62s %.2f by %.2f MiB  flat  %s"):format(text, long / 2 ^ 20, short / 2 ^ 20, tables.verdict(met)))
    store(text, nil, nil, long / short, nil, nil, 1, "flat", met)
  end
end
print()
if os.getenv("BENCH_NO_GYMNASIUM") ~= "" then
  print("SKIPPED: Gymnasium (GYMNASIUM=/path of a checkout): " .. os.getenv("BENCH_NO_GYMNASIUM"))
else
  print(os.getenv("BENCH_GYMNASIUM"))
end
csv:close()
print("written: " .. os.getenv("BENCH_CSV"))
os.exit(not wrong)
