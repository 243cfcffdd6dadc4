-- maths_table.lua: maths.sh's samples as a table for people and as a CSV. A reach is what lure sets itself.
local values, order = {}, {} -- values[measure][program][round] = list of ns
for line in io.lines(os.getenv("BENCH_SAMPLES")) do
  local round, program, value, measure = line:match("^(%d+) (%a+) (%S+) (.+)$")
  if not round then error("not a sample: " .. line) end
  if not values[measure] then
    values[measure] = { lure = {}, torch = {} }
    order[#order + 1] = measure
  end
  local list = values[measure][program]
  list[round] = list[round] or {}
  table.insert(list[round], tonumber(value))
end

package.path = arg[0]:gsub("[^/]*$", "?.lua;") .. package.path
local tables = require("tables")
local median, mean = tables.median, tables.mean

local function typical(measure, program)
  local list = {}
  for _, round in pairs(values[measure] and values[measure][program] or {}) do list[#list + 1] = mean(round) end
  return median(list), #list
end

-- a by b within each round: the median, the smallest, the largest
local function ratio(a, program_a, b, program_b)
  local list = {}
  for round, x in pairs(values[a] and values[a][program_a] or {}) do
    local y = values[b] and values[b][program_b][round]
    if y then list[#list + 1] = mean(x) / mean(y) end
  end
  return median(list), list[1], list[#list]
end

local reaches = { -- PyTorch's time by lure's, at least
  ["forward 4-64-64-2 1"] = 50, ["learn 4-64-64-2 1"] = 60, ["learn 4-64-64-2 64"] = 8, ["learn 4-64-64-2 128"] = 5,
  ["adam 4-64-64-2"] = 40,
}

local csv = assert(io.open(os.getenv("BENCH_CSV"), "w"))
csv:write("measure,lure_ns,torch_ns,ratio,ratio_min,ratio_max,rounds,reach,met\n")
local function store(...) tables.write(csv, ...) end

print(("%-28s %12s %12s %8s  %-16s %s"):format("The maths, ns a call", "lure", "PyTorch", "times", "reach", ""))
for _, measure in ipairs(order) do
  local ours, n = typical(measure, "lure")
  local torch = typical(measure, "torch")
  local times, least, most = ratio(measure, "torch", measure, "lure")
  if not measure:find("^heap") and measure ~= "empty_loop" and measure ~= "method" and measure ~= "fresh" then
    local reach, met = reaches[measure], nil
    if reach and times then met = times >= reach end
    print((("%-28s %12.0f %12s %8s  %-16s %s"):format(measure, ours, torch and ("%.0f"):format(torch) or "",
      times and ("%.1f"):format(times) or "", reach and reach .. " or more" or "",
      tables.verdict(met)):gsub("%s+$", "")))
    store(measure, ours, torch, times, least, most, n, reach, met)
  end
end
if os.getenv("BENCH_NO_TORCH") ~= "" then print("without PyTorch: " .. os.getenv("BENCH_NO_TORCH")) end

print()
local function row(name, value, unit, reach, met)
  print((("%-60s %10.4g %-6s %-12s %s"):format(name, value, unit, reach or "", tables.verdict(met)):gsub("%s+$", "")))
  store(name, value, nil, nil, nil, nil, nil, reach, met)
end
local function share(name, a, b, most)
  local r = ratio(a, "lure", b, "lure")
  row(name, r, "times", most and "at most " .. most, most and r <= most)
end
local loop = typical("empty_loop", "lure")
share("PPO's loss in operations, by the fused one", "ppo_loss 128", "ppo 128", 1.6)
share("networks and loss in operations, by the fused one", "ppo_operations 128", "ppo 128", 1.6)
share("cross-entropy by differentiate, by policy:gradient", "tape 4-64-64-2 128", "learn 4-64-64-2 128")
local method, fresh = typical("method", "lure") - loop, typical("fresh", "lure") - loop
row("a method call", method, "ns", "at most 80", method <= 80)
row("a fresh small tensor", fresh, "ns", "at most 200", fresh <= 200)
for _, loop_name in ipairs { "fresh", "add_128" } do
  local left = typical("heap " .. loop_name, "lure")
  row(("the heap's peak grows over a million rounds of %s by"):format(loop_name), left, "bytes", "flat", left <= 65536)
end
for _, net in ipairs { "4-64-64-2", "8-256-256-4" } do
  local r = ratio(("learn %s 1024"):format(net), "lure", ("learn %s 128"):format(net), "lure")
  row(("%s: 8 times the batch (128 to 1024) takes"):format(net), r, "times", "at most 8.8", r <= 8.8)
end
csv:close()
print("written: " .. os.getenv("BENCH_CSV"))
