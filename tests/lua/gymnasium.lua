-- Replays what gymnasium_record.py wrote down in our worlds: the same start, actions and draws must give the same states
-- and rewards, and the same ends. Also how a table of transitions is written, line by line as it writes Gymnasium's.
local replay = {}

-- The fields of s in the order of Gymnasium's state vector, and how far a number may be off.
local FIELDS = {
  cartpole = { "x", "speed", "angle", "spin" },
  mountain_car = { "position", "velocity" },
  mountain_car_continuous = { "position", "velocity" },
  acrobot = { "angle1", "angle2", "speed1", "speed2" },
  pendulum = { "angle", "speed" },
  frozen_lake = { "cell" },
  cliff_walking = { "cell" },
  taxi = { "state" },
  blackjack = { "sum", "dealer", "ace" },
}
local MARGINS = { mountain_car_continuous = 1e-5 } -- which keeps its state in single precision
local MARGIN = 1e-9

-- A stream that gives what was drawn there, in that order.
local function recorded_stream(text)
  local draws, next_draw = {}, 0
  for word in (text or ""):gmatch("%S+") do draws[#draws + 1] = tonumber(word) end
  local rng = {}
  local function draw()
    next_draw = next_draw + 1
    return draws[next_draw] or error("our world draws more often")
  end
  function rng:uniform() return draw() end
  function rng:integer(low) return low + draw() end
  function rng:bernoulli(p) return draw() < p end
  function rng:choice(list, field)
    local u, sum = draw(), 0
    for _, element in ipairs(list) do
      sum = sum + element[field]
      if sum > u then return element end
    end
  end
  function rng:left() return #draws - next_draw end
  return rng
end

local function actions_of(world, text)
  local list = {}
  if world.actions.low then
    for word in text:gmatch("%S+") do list[#list + 1] = tonumber(word) end
  else
    for digit in text:gmatch("%d") do list[#list + 1] = world.actions[math.tointeger(digit) + 1] end
  end
  return list
end

-- One episode; gives how far the farthest number was off. Raises at the first difference.
local function replay_episode(recording, world, episode)
  local fields, margin = FIELDS[recording.world], MARGINS[recording.world] or MARGIN
  local s, rng, worst, total = {}, recorded_stream(episode.draws), 0, 0
  local next_row, step = episode.rows:gmatch("%S+"), 0
  world.reset(s, rng, { state = episode.start })
  local actions = actions_of(world, episode.actions)
  local function compare(what, ours, theirs)
    local off = math.abs(ours - tonumber(theirs))
    if off > margin or off ~= off then error(("step %d: %s is %.17g, Gymnasium's %s"):format(step, what, ours, theirs), 0) end
    worst = math.max(worst, off)
  end
  for i, action in ipairs(actions) do
    step = i
    local terminated = world.step(s, action, rng)
    local reward = world.reward(s, action, terminated)
    total = total + reward
    if step % recording.every == 0 or step == #actions then
      local next_number = next_row():gmatch("[^:]+")
      for _, name in ipairs(fields) do compare(name, s[name], next_number()) end
      compare("the reward", reward, next_number())
    end
    local at_limit = step + (episode.after or 0) == world.max_steps
    local ended = terminated and "terminated" or at_limit and "truncated" or "cut"
    local expected = step == #actions and episode.ended or "cut"
    if ended ~= expected then error(("step %d: %s, Gymnasium's is %s"):format(step, ended, expected), 0) end
  end
  if next_row() then error("a row is left over", 0) end
  if rng:left() > 0 then error(("our world draws %d times less"):format(rng:left()), 0) end
  local off = math.abs(total - episode.total) / math.max(1, math.abs(episode.total))
  if off > margin or off ~= off then error(("the return is %.17g, Gymnasium's %.17g"):format(total, episode.total), 0) end
  return worst
end

-- All episodes of one recording. Gives how many steps and episodes there were, and how far the farthest was off.
function replay.recording(recording)
  local world = lure_test.load("environment", recording.world, recording.options)
  local steps, worst = 0, 0
  for i, episode in ipairs(recording.episodes) do
    local good, off = pcall(replay_episode, recording, world, episode)
    if not good then
      error(("%s %s, episode %d, %s"):format(recording.world, lure_test.write(recording.options), i, off), 0)
    end
    steps, worst = steps + #actions_of(world, episode.actions), math.max(worst, off)
  end
  return steps, #recording.episodes, worst
end

-- The table of a world's transitions: a list of lines.
function replay.table_lines(recording)
  local world = lure_test.load("environment", recording.world, recording.options)
  local lines = {}
  for state = 0, world.observation[1].n - 1 do
    for index, word in ipairs(world.actions) do
      for _, outcome in ipairs(world.transitions(state, word)) do
        lines[#lines + 1] = ("%d %d %.17g %d %.17g %d\n"):format(state, index - 1, outcome.probability, outcome.next,
          outcome.reward, outcome.terminated and 1 or 0)
      end
    end
  end
  return lines
end

-- What taxi's legal(s) allows in each state: a list of lines.
function replay.mask_lines(recording)
  local options = { masked = true }
  for key, value in pairs(recording.options) do options[key] = value end
  local world = lure_test.load("environment", recording.world, options)
  local lines = {}
  for state = 0, world.observation[1].n - 1 do
    local s, allowed = {}, {}
    world.reset(s, recorded_stream("0.5"), { state = state })
    for _, word in ipairs(world.legal(s)) do allowed[word] = true end
    for i, word in ipairs(world.actions) do allowed[i] = allowed[word] and 1 or 0 end
    lines[#lines + 1] = ("%d %s\n"):format(state, table.concat(allowed))
  end
  return lines
end

-- FNV-1a of 64 bits, of the lines together.
function replay.hash(lines)
  local hash = math.tointeger("0xcbf29ce484222325")
  for _, line in ipairs(lines) do
    for i = 1, #line do hash = (hash ~ line:byte(i)) * 0x100000001b3 end
  end
  return hash
end

return replay
