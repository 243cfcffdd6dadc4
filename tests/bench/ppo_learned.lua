-- ppo_learned.lua lure SECONDS < metrics.csv, or ppo_learned.lua cleanrl < what ppo.py prints: how many steps, and how
-- many seconds of the loop, it took until the mean return of the last 100 episodes was 475; "nan nan" if it never was.
-- lure logs a mean an update: there it is the mean of the latest updates that have 100 episodes among them. Seconds is
-- what all of lure's steps took. With cleanrl it stops reading then, which ends ppo.py.
local THRESHOLD, EPISODES = 475, 100

-- the mean over the latest entries { mean, count } that make up 100 episodes; nil if there are fewer
local function recent(list)
  local sum, n = 0, 0
  for i = #list, 1, -1 do
    sum, n = sum + list[i][1] * list[i][2], n + list[i][2]
    if n >= EPISODES then return sum / n end
  end
end

local function of_lure(seconds)
  local columns, list, reached, episodes, steps = {}, {}, nil, 0, nil
  for line in io.lines() do
    local cells = {}
    for cell in (line .. ","):gmatch("([^,]*),") do cells[#cells + 1] = cell end
    if not steps then
      for i, name in ipairs(cells) do columns[name] = i end
      steps = 0
    else
      local function of(name) return tonumber(cells[columns[name]]) end
      steps = of("step")
      if of("episodic_return") then list[#list + 1] = { of("episodic_return"), of("episode") - episodes } end
      episodes = of("episode")
      local mean = recent(list)
      reached = reached or mean and mean >= THRESHOLD and steps
    end
  end
  return reached, reached and seconds * reached / steps
end

local function of_cleanrl()
  local list, reached = {}, nil
  for line in io.lines() do
    local step, value = line:match("^global_step=(%d+), episodic_return=%[?([%d.]+)")
    local rate = line:match("^SPS: (%d+)")
    if value then
      list[#list + 1] = { tonumber(value), 1 }
      local mean = recent(list)
      reached = reached or mean and mean >= THRESHOLD and tonumber(step)
    elseif rate and reached then
      return reached, reached / tonumber(rate)
    end
  end
end

local steps, seconds
if arg[1] == "lure" then steps, seconds = of_lure(tonumber(arg[2])) else steps, seconds = of_cleanrl() end
print(steps or "nan", seconds or "nan")
