-- batch_statistics.lua FILE METRIC [lower]: what `lure batch --json` says of its runs, computed again the long way: means, interquartile
-- means, ranks, each pair of runs for the probability of improvement, shared seeds, the optimality gap, and what each option
-- explains. Run by test_batch_statistics.sh.
package.path = arg[0]:gsub("[^/]*$", "?.lua") .. ";" .. package.path
local json = require "json"
local passed, failed = 0, 0

local function check(name, expected, got)
  local same = expected == got
  if type(expected) == "number" and type(got) == "number" then
    same = math.abs(expected - got) <= 1e-9 * math.max(1, math.abs(expected))
  end
  if same then
    passed = passed + 1
  else
    failed = failed + 1
    print(("FAIL %s\n  expected: %s\n  got:      %s"):format(name, expected, got))
  end
end

local file = assert(io.open(arg[1]))
local d = json.decode(file:read("a"))
file:close()
local metric, lower = arg[2], arg[3] == "lower"
local sign = lower and -1 or 1

local function score_of(run)
  if run.outcome ~= "ok" then return nil end
  local value = run.summary[metric]
  if type(value) ~= "number" then value = run.summary.columns[metric].tail_mean end
  return value
end

local function mean_of(values)
  local sum = 0
  for _, x in ipairs(values) do sum = sum + x end
  return sum / #values
end

local function iqm_of(values)
  local sorted = table.move(values, 1, #values, 1, {})
  table.sort(sorted)
  local cut = #sorted // 4
  return mean_of(table.move(sorted, cut + 1, #sorted - cut, 1, {}))
end

-- runs come configuration by configuration
local groups, at = {}, 1
for i, c in ipairs(d.configurations) do
  local g = { values = {}, by_seed = {}, n_failed = 0 }
  for _ = 1, c.planned do
    local run = d.runs[at]
    local value = score_of(run)
    if value then
      table.insert(g.values, value)
      g.by_seed[run.seed] = value
    else
      g.n_failed = g.n_failed + 1
    end
    at = at + 1
  end
  groups[i] = g
end

for _, task in ipairs(d.statistics.experiments) do
  local first, last = task.first_configuration + 1, task.first_configuration + task.configurations
  local best = task.best_configuration + 1
  for i = first, last do
    local c, g, name = d.configurations[i], groups[i], "configuration " .. i .. ": "
    local s = metric == "episodic_return_100" and c.episodic_return_100 or c.metric
    check(name .. "n", #g.values, s.n)
    check(name .. "failed", g.n_failed, c.failed)
    check(name .. "mean", mean_of(g.values), s.mean)
    check(name .. "iqm", iqm_of(g.values), s.iqm)
    check(name .. "the interval holds the iqm", true, s.iqm_low <= s.iqm and s.iqm <= s.iqm_high)
    local rank = 1
    for k = first, last do
      local mine, other = sign * iqm_of(g.values), sign * iqm_of(groups[k].values)
      if other > mine or (other == mine and k < i) then rank = rank + 1 end
    end
    check(name .. "rank", rank, s.rank)
    if task.target ~= json.null then
      local gap = 0
      for _, x in ipairs(g.values) do gap = gap + math.max(0, sign * (task.target - x)) end
      check(name .. "gap", gap / #g.values, s.optimality_gap)
    end
    if i == best then
      check(name .. "is the best", "reference", s.judgement)
    else
      local u, mine, its, shared = 0, {}, {}, 0
      for _, x in ipairs(g.values) do
        for _, y in ipairs(groups[best].values) do
          u = u + (sign * x > sign * y and 1 or x == y and 0.5 or 0)
        end
      end
      check(name .. "improvement", u / #g.values / #groups[best].values, s.improvement)
      for seed, x in pairs(g.by_seed) do
        if groups[best].by_seed[seed] then
          shared = shared + 1
          mine[shared], its[shared] = x, groups[best].by_seed[seed]
        end
      end
      check(name .. "shared seeds", shared, s.shared_seeds)
      check(name .. "paired", true, s.paired)
      check(name .. "difference", iqm_of(mine) - iqm_of(its), s.difference)
      local told = (s.difference_low > 0 or s.difference_high < 0) and (sign * s.difference > 0 and "better" or "worse")
      check(name .. "judgement", told or "not told apart", s.judgement)
    end
  end
  for _, option in ipairs(task.sensitivity) do
    local means, by_value, between, around = {}, {}, 0, 0
    for i = first, last do
      local value = json.encode and json.encode(d.configurations[i].settings[option.option])
        or tostring(d.configurations[i].settings[option.option])
      means[#means + 1] = mean_of(groups[i].values)
      by_value[value] = by_value[value] or {}
      table.insert(by_value[value], means[#means])
    end
    local all, n_values = mean_of(means), 0
    for _, list in pairs(by_value) do
      n_values = n_values + 1
      between = between + #list * (mean_of(list) - all) ^ 2
    end
    for _, m in ipairs(means) do around = around + (m - all) ^ 2 end
    if not option.thirds then
      check(option.option .. " explains", between / around, option.share)
      check(option.option .. " by chance", (n_values - 1) / (#means - 1), option.share_by_chance)
      check(option.option .. " values", n_values, #option.values)
    end
  end
end

print(("%d passed, %d failed"):format(passed, failed))
os.exit(failed == 0)
