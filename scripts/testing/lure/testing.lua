-- What tests of scripts need besides LuaUnit: local testing = require("lure.testing"), in a file that `lure test` runs.
-- Loads scripts as the engine does, steps worlds by the very streams that a run with the same seed has, calls rewards,
-- schedules and rates, runs experiments; and asserts what scripts promise: same seed, same bits; rewards within bounds.
-- A script is named as in an experiment: "name", "path.lua", { "name", option = value }; or is what the file returned.
local native, luaunit = ...

---@class lure.testing
local testing = {}

---@alias lure.Script string|table|function

-- What scripts find among their globals: testing.globals.exp(t), testing.lure.tensor { 1, 2 }.
testing.globals = native.environment()
testing.lure = testing.globals.lure ---@type lure

local function fail(message, level) error(luaunit.FAILURE_PREFIX .. message, level + 1) end

-- ---- loading ----

---What the script returns. Its options are checked as in a run.
---@param role lure.Role
---@param name string a name or a path
---@param options? table<string, any>
---@return any
function testing.load(role, name, options) return native.load(role, name, options) end

---The text with which the script refuses these options, or does not load; nil when it does.
---@param role lure.Role
---@param name string
---@param options? table<string, any>
---@return string?
function testing.load_error(role, name, options) return (native.load_error(role, name, options)) end

---@param role lure.Role
---@param script lure.Script
local function resolve(role, script)
  if type(script) == "string" then return native.load(role, script) end
  if type(script) == "table" and type(script[1]) == "string" and #script == 1 and not script.step then
    local options = {}
    for key, value in pairs(script) do
      if key ~= 1 then options[key] = value end
    end
    return native.load(role, script[1], options)
  end
  return script
end

---A stream of one's own; the same seed draws the same.
---@param seed integer
---@return lure.Rng
function testing.rng(seed) return native.rng(seed) end

-- ---- comparing ----

local function same_number(a, b)
  if a ~= a and b ~= b then return true end -- which NaN differs between CPUs
  return a == b and string.pack("<d", a) == string.pack("<d", b) -- 0 and -0 are two
end

-- Where a and b differ, as text; nil: nowhere.
local function difference(a, b, where)
  if type(a) == "number" and type(b) == "number" then
    if same_number(a, b) then return nil end
    return ("%s is %.17g, then %.17g"):format(where, a, b)
  end
  if type(a) ~= "table" or type(b) ~= "table" then
    if a == b then return nil end
    return ("%s is %s, then %s"):format(where, tostring(a), tostring(b))
  end
  local keys = {}
  for key in pairs(a) do keys[#keys + 1] = key end
  for key in pairs(b) do
    if a[key] == nil then keys[#keys + 1] = key end
  end
  table.sort(keys, function(x, y)
    if type(x) == type(y) and (type(x) == "number" or type(x) == "string") then return x < y end
    return type(x) < type(y)
  end)
  for _, key in ipairs(keys) do
    local inner = type(key) == "number" and ("%s[%s]"):format(where, key) or ("%s.%s"):format(where, tostring(key))
    local found = difference(a[key], b[key], inner)
    if found then return found end
  end
end

local function copy(value)
  if type(value) ~= "table" then return value end
  local out = {}
  for key, inner in pairs(value) do out[key] = copy(inner) end
  return out
end

---Fails where two values, tables to any depth, differ in any bit of a number or anything else.
---@param got any
---@param expected any
---@param what? string names them in the message
function testing.assert_same_bits(got, expected, what)
  local found = difference(expected, got, what or "the value")
  if found then fail("expected " .. found:gsub(", then ", ", got "), 2) end
end

-- ---- a world that is stepped by hand ----

---A world as the host steps it (run:fork gives an algorithm the same), and what a test wants besides.
---@class lure.testing.World: lure.World
---@field environment lure.Environment what its file returned
---@field seed integer
local TestWorld = {}

---@class lure.testing.WorldOptions
---@field seed? integer 1
---@field reward? lure.Script|number instead of the world's own
---@field schedule? lure.Script gives reset its input
---@field input? table what reset gets that is given none, instead of the schedule's
---@field max_steps? integer instead of the world's own
---@field action_repeat? integer a step does the action so often, 1
---@field progress? number what the schedule sees, 1

-- What the handle has is asked of the handle.
local function look_up(self, key)
  if TestWorld[key] then return TestWorld[key] end
  local value = self.handle[key]
  if type(value) ~= "function" then return value end
  return function(_, ...) return value(self.handle, ...) end
end

local function wrap(handle, environment, seed)
  local world = { handle = handle, environment = environment, seed = seed, choice = native.stream(seed, "policy"),
                  actions = testing.lure.action_space(environment.actions) }
  return setmetatable(world, { __index = look_up, __newindex = function(_, key, value) handle[key] = value end })
end

---A world ready to be reset and stepped. With the same seed its chance is that of a run.
---@param environment lure.Script
---@param o? lure.testing.WorldOptions
---@return lure.testing.World
function testing.world(environment, o)
  o = o or {}
  local loaded = resolve("environment", environment)
  local handle = native.world { environment = loaded, reward = o.reward, schedule = o.schedule, input = o.input,
    seed = o.seed, max_steps = o.max_steps, action_repeat = o.action_repeat, progress = o.progress }
  return wrap(handle, loaded, o.seed or 1)
end

---Another world that goes on from here.
---@return lure.testing.World
function TestWorld:fork() return wrap(self.handle:fork(), self.environment, self.seed) end

---An action of the world's, each as likely; where it says what is legal, of those. It is the one that a run draws at
---this step which collects with random = true.
---@return lure.Action
function TestWorld:random_action()
  native.seek(self.choice, self.episode, self.steps + 1)
  return self.actions:sample(self.choice, self:legal())
end

---@class lure.testing.Step
---@field action? lure.Action nil for the reset
---@field observation number[]
---@field reward number
---@field terminated boolean
---@field truncated boolean
---@field terms? table<string, number>
---@field state table a copy of it

local function told(world, action)
  local observation, reward, terminated, truncated, terms = world:step(action)
  return { action = action, observation = observation, reward = reward, terminated = terminated, truncated = truncated,
           terms = terms, state = copy(world.state) }
end

---One episode, or its beginning: the reset first, then a step for each action, until it ends.
---@param actions? lure.Action[]|integer a list, or how many random ones; nil: random ones to the end
---@param input? table
---@return lure.testing.Step[]
function TestWorld:trace(actions, input)
  local n = type(actions) == "table" and #actions or actions or 100000
  local steps = { { observation = self:reset(input), reward = 0, terminated = false, truncated = false } }
  steps[1].state = copy(self.state)
  for i = 1, n do
    steps[i + 1] = told(self, type(actions) == "table" and actions[i] or self:random_action())
    if self.ended then break end
  end
  return steps
end

---Lives one episode to its end.
---@param act? fun(state: table, observation: number[], world: lure.testing.World): any nil: random actions
---@return number episode_return
---@return integer steps
function TestWorld:play(act)
  local observation = self:reset()
  for _ = 1, 10000000 do
    observation = self:step(act and act(self.state, observation, self) or self:random_action())
    if self.ended then return self.episode_return, self.steps end
  end
  error("the episode does not end: give max_steps", 2)
end

-- ---- questions ----

---@class lure.testing.PlayOptions: lure.testing.WorldOptions
---@field episodes? integer 100
---@field act? fun(state: table, observation: number[], world: lure.testing.World): any

---The returns of many episodes.
---@param environment lure.Script
---@param o? lure.testing.PlayOptions
---@return number[] returns
---@return integer[] lengths
function testing.returns(environment, o)
  o = o or {}
  local world, returns, lengths = testing.world(environment, o), {}, {}
  for i = 1, o.episodes or 100 do returns[i], lengths[i] = world:play(o.act) end
  return returns, lengths
end

---The mean, and how far it may be off.
---@param list number[]
---@return number mean
---@return number standard_error of the mean; 0 for fewer than two numbers
function testing.mean(list)
  local sum, squares = 0, 0
  for _, x in ipairs(list) do sum = sum + x end
  local mean = sum / #list
  for _, x in ipairs(list) do squares = squares + (x - mean) ^ 2 end
  return mean, #list > 1 and math.sqrt(squares / (#list - 1) / #list) or 0
end

---What a reward pays in each of the cases { s, action, terminated, before }.
---@param reward lure.Script
---@param cases table[]
---@return number[]
function testing.rewards(reward, cases)
  local pay, out = resolve("reward", reward), {}
  for i, case in ipairs(cases) do
    out[i] = (pay(copy(case[1]), case[2], case[3] or false, case[4] or {}))
  end
  return out
end

---The rates of all updates, each told what a run would tell: update, updates, progress, the last rate.
---@param rule lure.Script|number
---@param updates integer
---@param measure? fun(rate: number, update: integer): table what an update at that rate leads to: { kl =, ... }
---@return number[]
function testing.rates(rule, updates, measure)
  if type(rule) == "number" then
    local rate = rule
    rule = function() return rate end
  end
  local rate_of, rates, p = resolve("learning_rate", rule), {}, { updates = updates, episode = 0, step = 0 }
  for update = 1, updates do
    p.update, p.progress = update, update / updates
    rates[update] = rate_of(p)
    p.learning_rate = rates[update]
    for key, value in pairs(measure and measure(rates[update], update) or {}) do p[key] = value end
  end
  return rates
end

---What a schedule feeds to so many episodes, while progress goes to 1.
---@param schedule lure.Script
---@param episodes integer
---@param seed? integer 1
---@return table[]
function testing.inputs(schedule, episodes, seed)
  local feed, rng, inputs = resolve("schedule", schedule), native.stream(seed or 1, "schedule"), {}
  for episode = 1, episodes do
    native.seek(rng, episode, 0)
    inputs[episode] = feed(rng, episode, episode / episodes)
  end
  return inputs
end

---@class lure.testing.Run
---@field seed integer
---@field updates integer
---@field episodes integer
---@field steps integer
---@field run_id string
---@field rows table<string, number>[] of metrics.csv; what has no value is nil
---@field parameters table<string, number> those that are one number, at the end

local NOT_FINITE = { nan = 0 / 0, inf = math.huge, ["-inf"] = -math.huge }

local function read_metrics(text)
  local names, rows
  for line in text:gmatch("[^\n]+") do
    local cells = {}
    for cell in (line .. ","):gmatch("([^,]*),") do cells[#cells + 1] = cell end
    if not names then
      names, rows = cells, {}
    else
      local row = {}
      for i, name in ipairs(names) do row[name] = tonumber(cells[i]) or NOT_FINITE[cells[i]] end
      rows[#rows + 1] = row
    end
  end
  return rows or {}
end

---Runs an experiment to its end, in a sandbox of its own; keeps no files. An error of the run is raised.
---@param experiment string a name or a path
---@param settings? table<string, any> as --set has them: { updates = 10, ["learning_rate.rate"] = 0.1 }
---@param seed? integer its first seed when left out
---@return lure.testing.Run
function testing.run(experiment, settings, seed)
  local list = {}
  for key, value in pairs(settings or {}) do list[#list + 1] = { key, value } end
  table.sort(list, function(a, b) return a[1] < b[1] end)
  local run = native.run(experiment, list, seed)
  run.rows, run.metrics = read_metrics(run.metrics), nil
  return run
end

-- ---- what scripts promise ----

-- The next reset begins that episode.
local function go_to(world, episode)
  local saved = world:snapshot()
  saved.episode, saved.in_episode = episode - 1, false
  world:restore(saved)
end

-- Where an episode goes another way when a second copy of the world is stepped in between; nil: nowhere.
local function find_sharing(environment, o, episode)
  local options = {}
  for key, value in pairs(o) do options[key] = value end
  options.reward = type(o.reward) ~= "number" and o.reward and resolve("reward", o.reward) or o.reward
  local module = resolve("environment", environment)
  local alone, here = testing.world(module, options), testing.world(module, options)
  local there = testing.world(module, options)
  go_to(alone, episode)
  go_to(here, episode)
  go_to(there, episode + 1)
  local expected = alone:trace()
  here:reset()
  there:reset()
  for i = 2, #expected do
    if there.ended then there:reset() end
    there:step(there:random_action())
    local found = difference(expected[i], told(here, expected[i].action), ("step %d"):format(i - 1))
    if found or here.ended then return found end
  end
end

---Fails unless the world, loaded twice and fed the same random actions, does the same to the last bit; also when an
---episode is lived alone, not after others, and when another copy of the world is stepped in between.
---@param environment lure.Script a name or a path, so that it can be loaded twice
---@param o? lure.testing.PlayOptions episodes: 3 when left out
function testing.assert_repeatable(environment, o)
  o = o or {}
  local episodes = o.episodes or 3
  local first, second = testing.world(environment, o), testing.world(environment, o)
  for episode = 1, episodes do
    local here = ("episode %d with seed %d"):format(episode, first.seed)
    local found = difference(first:trace(), second:trace(), here)
    if found then fail("same seed, other bits: " .. found, 2) end
  end
  local alone = testing.world(environment, o)
  go_to(alone, episodes)
  go_to(first, episodes)
  local found = difference(first:trace(), alone:trace(), ("episode %d"):format(episodes))
  if found then fail("an episode depends on those before it: " .. found .. " when it is lived alone", 2) end
  for episode = 1, episodes do
    found = find_sharing(environment, o, episode)
    if found then fail("something is kept outside s: " .. found .. " when another copy is stepped in between", 2) end
  end
end

local function show(action) return type(action) == "table" and table.concat(action, ", ") or tostring(action) end

---Fails when a reward, over episodes of random actions, is not finite or leaves its bounds.
---@param reward lure.Script|nil nil: the world's own
---@param environment lure.Script
---@param low number
---@param high number
---@param o? lure.testing.PlayOptions
function testing.assert_reward_bounded(reward, environment, low, high, o)
  o = o or {}
  local options = {}
  for key, value in pairs(o) do options[key] = value end
  options.reward = reward
  local world = testing.world(environment, options)
  for _ = 1, o.episodes or 100 do
    local observation = world:reset()
    while not world.ended do
      local action = o.act and o.act(world.state, observation, world) or world:random_action()
      local paid
      observation, paid = world:step(action)
      if not (paid >= low and paid <= high) then
        local place = ("episode %d, step %d, action %s"):format(world.episode, world.steps, show(action))
        fail(("%s: the reward is %.17g; expected %g to %g"):format(place, paid, low, high), 2)
      end
    end
  end
end

---Fails unless the script refuses the options with an error that holds the text.
---@param role lure.Role
---@param name string
---@param options table<string, any>
---@param text string
function testing.assert_refuses(role, name, options, text)
  local got = testing.load_error(role, name, options)
  if not got then fail(("%s '%s' took the options; expected an error with '%s'"):format(role, name, text), 2) end
  if not got:find(text, 1, true) then fail(("the error is: %s\nexpected one with '%s'"):format(got, text), 2) end
end

---Fails when the mean of the list is further from what is expected than so many standard errors.
---@param list number[]
---@param expected number
---@param errors? number 4
function testing.assert_mean(list, expected, errors)
  local mean, standard_error = testing.mean(list)
  local apart = math.abs(mean - expected)
  if not (apart <= (errors or 4) * standard_error or apart == 0) then
    local got = ("the mean of %d is %.6g, its standard error %.2g"):format(#list, mean, standard_error)
    fail(("%s; expected %.6g"):format(got, expected), 2)
  end
end

return testing
