-- learning_table.lua: what learning.sh runs (`plan`), and its samples as a table for people, in Markdown and as a CSV
-- (`table`). A reach is what lure sets itself, for the mean over the seeds; that of a table of numbers is 97 % of the
-- exact optimum. `field` is what CleanRL (3 seeds) or Stable-Baselines3's zoo (deterministic evaluation, after so many
-- steps) publish for the world, with their deviation. training: the mean of the last 100 episodes as they were lived;
-- evaluation: of `episodes` (100) by the last policy, which does what is likeliest.
local rows = {
  { "cartpole_ppo_cleanrl", "training", reach = 480, field = "490.0 +- 6.1, CleanRL" },
  { "acrobot_ppo_cleanrl", "training", reach = -90, field = "-86.4 +- 1.3, CleanRL" },
  { "mountain_car_ppo_cleanrl", "training", exactly = -200, field = "-200 +- 0, CleanRL" },
  { "mountain_car_ppo", "training", reach = -115, field = "-110.4 +- 19.5, zoo, 1M, evaluated" },
  { "cartpole_ppo", "evaluation", reach = 500, field = "500 +- 0, zoo, 100k" },
  { "acrobot_ppo", "evaluation", reach = -85, field = "-73.5 +- 18.2, zoo, 1M" },
  { "pendulum_ppo", "evaluation", reach = -200, field = "-172.2 +- 104.2, zoo, 100k" },
  { "mountain_car_continuous_ppo", "evaluation", reach = 88, field = "88.3 +- 2.6, zoo, 20k" },
  { "frozen_lake_q", "evaluation", reach = 0.97 * 0.74419, episodes = 10000, field = "0.744, optimum" },
  { "taxi_q", "evaluation", reach = 0.97 * 7.93, episodes = 1000, field = "7.93, optimum" },
  { "cartpole_a2c", "evaluation", field = "500 +- 0, zoo, 500k" },
  { "cartpole_dqn", "evaluation", field = "500 +- 0, zoo, 50k" },
  { "cartpole_cem", "evaluation" },
  { "cartpole_es", "evaluation" },
}

if arg[1] == "plan" then
  for _, row in ipairs(rows) do print(row[1], row.episodes or 100) end
  return
end

local runs, n_runs = {}, 0 -- by experiment: steps, and lists of training, evaluation, seconds, peak
for line in io.lines(os.getenv("BENCH_SAMPLES")) do
  local experiment, steps, training, evaluation, seconds, peak =
    line:match("^(%S+) %d+ (%S+) (%S+) (%S+) (%S+) (%S+)$")
  if not experiment then error("not a sample: " .. line) end
  local of = runs[experiment] or { training = {}, evaluation = {}, seconds = {}, peak = {} }
  runs[experiment], n_runs = of, n_runs + 1
  of.steps = tonumber(steps)
  table.insert(of.training, training)
  table.insert(of.evaluation, evaluation)
  table.insert(of.seconds, tonumber(seconds))
  table.insert(of.peak, tonumber(peak))
end

-- mean, interquartile mean and its bounds of each experiment's measure, by the engine's own statistics
local values = os.tmpname()
local file <close> = assert(io.open(values, "w"))
for _, row in ipairs(rows) do
  local of = runs[row[1]]
  if of then file:write(row[1], " ", table.concat(of[row[2]], " "), "\n") end
end
file:close()
for line in assert(io.popen(("%q < %q"):format(os.getenv("BENCH_STATISTICS"), values))):lines() do
  local name, n, mean, iqm, low, high, least, most = line:match("^(%S+) (%d+)" .. (" (%S+)"):rep(6) .. "$")
  runs[name].n, runs[name].mean, runs[name].iqm = tonumber(n), tonumber(mean), tonumber(iqm)
  runs[name].low, runs[name].high, runs[name].least, runs[name].most =
    tonumber(low), tonumber(high), tonumber(least), tonumber(most)
end
os.remove(values)

local function mean(list)
  local total = 0
  for _, x in ipairs(list) do total = total + x end
  return total / #list
end

local function digits(x) -- as many as a return of this size deserves
  return (math.abs(x) < 2 and "%.3f" or math.abs(x) < 20 and "%.2f" or "%.1f"):format(x)
end

local function thousands(x)
  return (("%d"):format(x):reverse():gsub("(%d%d%d)", "%1,"):reverse():gsub("^,", ""))
end

local function verdict(row, of) -- what is aimed at, and whether it came out
  if row.exactly then
    local off = math.abs(of.mean - row.exactly)
    return "= " .. digits(row.exactly), off == 0 and "PASS" or "OFF BY " .. digits(off), off == 0
  elseif row.reach then
    local short = row.reach - of.mean
    return ">= " .. digits(row.reach), short <= 0 and "PASS" or "FALLS SHORT BY " .. digits(short), short <= 0
  end
  return "", "", nil
end

local csv = assert(io.open(os.getenv("BENCH_CSV"), "w"))
csv:write("experiment,steps,measure,seeds,mean,iqm,iqm_low,iqm_high,min,max,reach,met,seconds,peak_mb,field,",
          "values\n")
local line = "%-28s %9s %-10s %5s %8s %8s  %-18s %-18s %-10s %-22s %7s %6s  %s"
local function put(...) print((line:format(...):gsub("%s+$", ""))) end
put("What is learned", "steps", "measure", "seeds", "mean", "IQM", "95 % of IQM", "range", "reach", "", "seconds",
    "MiB",
    "field")
local markdown = {
  "| experiment | steps | measure | mean | IQM | 95 % of it | range | reach | field | seconds |",
  "|---|---|---|---|---|---|---|---|---|---|",
}
for _, row in ipairs(rows) do
  local name, measure, field = row[1], row[2], row.field or ""
  local of = runs[name]
  if of then
    local reach, said, met = verdict(row, of)
    local seconds, peak = ("%.1f"):format(mean(of.seconds)), ("%.0f"):format(mean(of.peak))
    local steps, middle, iqm = thousands(of.steps), digits(of.mean), digits(of.iqm)
    local interval = digits(of.low) .. " .. " .. digits(of.high)
    local range = digits(of.least) .. " .. " .. digits(of.most)
    put(name, steps, measure, of.n, middle, iqm, interval, range, reach, said, seconds, peak, field)
    local cells = { "`" .. name .. "`", steps, measure, middle, iqm, interval, range,
                    met == false and reach .. ": " .. said or reach, field, seconds }
    table.insert(markdown, "| " .. table.concat(cells, " | ") .. " |")
    csv:write(("%s,%d,%s,%d,%.6g,%.6g,%.6g,%.6g,%.6g,%.6g,"):format(name, of.steps, measure, of.n, of.mean, of.iqm,
              of.low,
                of.high, of.least, of.most),
              ('%s,%s,%s,%s,"%s",%s\n'):format(row.exactly or row.reach or "",
                met == nil and "" or met and "yes" or "no",
                seconds, peak, field, table.concat(of[measure], " ")))
  end
end
csv:close()
print()
print(table.concat(markdown, "\n"))
print()
print("written: " .. os.getenv("BENCH_CSV"))
if n_runs < tonumber(os.getenv("BENCH_RUNS")) then
  local planned = os.getenv("BENCH_RUNS")
  print(("%d of %s runs did not finish; they are in no number above"):format(planned - n_runs, planned))
  os.exit(1)
end
