-- The editor's annotations (scripts/annotations) against what is there: each function, method and field of the live state
-- is annotated, and nothing else; what is annotated as needed is refused when it is left out, and as optional is not.
local luaunit = require("luaunit")
local annotations = require("annotations")

local tests = {}
local lure = lure_test.lure
local FOLDER = "scripts/annotations"

local TESTING = "scripts/testing/lure/testing.lua" -- has its own beside the code

for _, file in ipairs(lure_test.files(FOLDER, ".lua")) do annotations.read(FOLDER .. "/" .. file) end
annotations.read(TESTING)

local function keys(t, skip)
  local list = {}
  for key in pairs(t) do
    if type(key) == "string" and not (skip and skip[key]) then list[#list + 1] = key end
  end
  table.sort(list)
  return list
end

-- Assertions compare sorted lists as text, so that a failure shows the names.
local function assert_same_names(annotated, live, what)
  local missing, extra = {}, {}
  for _, name in ipairs(keys(live)) do
    if not annotated[name] then missing[#missing + 1] = name end
  end
  for _, name in ipairs(keys(annotated)) do
    if not live[name] and name ~= "(parent)" then extra[#extra + 1] = name end
  end
  luaunit.assertEquals(table.concat(missing, " "), "", what .. ": not annotated")
  luaunit.assertEquals(table.concat(extra, " "), "", what .. ": annotated, but not there")
end

-- ---- the entries themselves ----

function tests.test_each_entry_is_complete() luaunit.assertEquals(table.concat(annotations.wrong, "\n"), "") end

function tests.test_no_file_can_be_loaded()
  luaunit.assertTrue(#annotations.files >= 5)
  for _, file in ipairs(annotations.files) do
    if file == TESTING then break end
    local f = assert(io.open(file))
    local first = f:read("l")
    f:close()
    luaunit.assertEquals(first, "---@meta", file)
    luaunit.assertErrorMsgContains("for editors", assert(loadfile(file)))
  end
end

-- The settings of this checkout's own editor name folders that are there.
function tests.test_the_settings_of_an_editor()
  local f = assert(io.open(".luarc.json"))
  local folders = f:read("a"):match('"workspace.library": %[(.-)%]')
  f:close()
  local n = 0
  for folder in folders:gmatch('"(.-)"') do
    n = n + 1
    luaunit.assertTrue(os.rename(folder, folder), folder) -- true only of what is there
  end
  luaunit.assertEquals(n, 2)
end

-- ---- functions and methods ----

local function functions_of(t)
  local out = {}
  for name, value in pairs(t) do
    if type(value) == "function" then out[name] = value end
  end
  return out
end

-- The methods of a userdata, and its other fields, from its metatable.
local function methods_of(value)
  local index = debug.getmetatable(value).__index
  if type(index) == "function" then
    local _, methods = debug.getupvalue(index, 1)
    index = methods
  end
  local fields = {}
  for name, x in pairs(index) do
    if type(x) ~= "function" then fields[name] = true end
  end
  return functions_of(index), fields
end

local policy = lure.policy { "linear", "categorical", inputs = 2, actions = 3, value = { "linear" }, precision = "double" }

local BATCH = { observations = lure.zeros(3, 2), actions = lure.tensor({ 1, 2, 3 }, "int32"), rewards = lure.zeros(3),
                ends = lure.zeros(3):to("int32"), next_observations = lure.zeros(3, 2) }
local NOUNS = {
  Replay = lure.replay { capacity = 4 },
  Tensor = lure.tensor { 1, 2, 3 },
  Rng = lure.rng(1),
  Policy = policy,
  Optimizer = lure.optimizer("sgd", policy),
  Normaliser = lure.normaliser { size = 3 },
  RewardScaler = lure.reward_scaler { environments = 1 },
  Space = lure.action_space { "a", "b", "c" },
  World = lure_test.world { environment = "memory", seed = 1 },
}
NOUNS.World:reset()
NOUNS.Replay:add(BATCH)

function tests.test_all_of_lure()
  assert_same_names(annotations.of("lure"), functions_of(lure), "lure")
  local others = {}
  for name, value in pairs(lure) do
    if type(value) ~= "function" then others[name] = true end
  end
  assert_same_names(annotations.fields["lure"], others, "the fields of lure")
end

function tests.test_globals()
  local standard, live = { math = true, string = true, table = true, coroutine = true, utf8 = true, lure = true }, {}
  for name, value in pairs(lure_test.environment()) do
    if type(value) == "function" and _G[name] == nil then live[name] = value end
    if type(value) == "table" and name ~= "_G" then luaunit.assertTrue(standard[name], name) end
  end
  assert_same_names(annotations.of(""), live, "globals")
end

-- They are made when asked for; what is refused is told which there are.
local function fields_of_a_world(world)
  local _, message = pcall(function() return world.no_such_field end)
  local fields = {}
  for name in message:match("; ([%w_, ]*)$"):gmatch("[%w_]+") do
    luaunit.assertNotNil(world[name], name)
    fields[name] = true
  end
  return fields
end

function tests.test_methods()
  for class, value in pairs(NOUNS) do
    local methods, fields = methods_of(value)
    assert_same_names(annotations.of(class), methods, class)
    if class == "Optimizer" then fields.steps, fields.kind = true, true end -- they are made when asked for
    if class == "World" then fields = fields_of_a_world(value) end
    assert_same_names(annotations.fields["lure." .. class], fields, "the fields of " .. class)
  end
end

function tests.test_what_the_optimizer_says_of_itself()
  local _, message = pcall(function() return NOUNS.Optimizer.nothing end)
  for name in pairs(annotations.fields["lure.Optimizer"]) do luaunit.assertStrContains(message, name) end
end

-- luacheck's list of globals and the editor's are one.
function tests.test_luacheck_knows_the_same_globals()
  local settings = {}
  assert(loadfile(".luacheckrc", "t", setmetatable(settings, { __index = function() return {} end, __newindex = rawset })))
  local f = assert(io.open(".luacheckrc"))
  local list = f:read("a"):match("read_globals = {(.-)}")
  f:close()
  for name in list:gmatch('"([%w_]+)"') do settings[name] = true end
  settings.lure = nil
  assert_same_names(annotations.of(""), settings, ".luacheckrc")
end

-- ---- the module for tests of scripts ----

-- Its own, beside those of the world that it looks through to.
local function methods_of_a_world(world)
  local _, own = debug.getupvalue(getmetatable(world).__index, 1)
  return functions_of(own)
end

function tests.test_the_module_testing()
  local testing = assert(loadfile(TESTING))(lure_test, luaunit)
  local live = { testing = functions_of(testing), TestWorld = methods_of_a_world(testing.world("cartpole")) }
  for owner, functions in pairs(live) do
    assert_same_names(annotations.of(owner), functions, owner)
    for name, entry in pairs(annotations.of(owner)) do
      luaunit.assertEquals(debug.getinfo(functions[name], "u").nparams, #entry.params + (entry.method and 1 or 0), name)
    end
  end
end

-- ---- what only a run shows ----

-- The names of what the experiment tests/lua/names.lua was told to look at, which it raises as an error.
local function names_in_a_run(what)
  local worked, message = pcall(lure_test.run, "tests/lua/names.lua", { { "description", what } })
  luaunit.assertFalse(worked)
  local list = {}
  for name in message:match("names: ([^\n(]*)"):gmatch("[%w_]+") do list[name] = true end
  luaunit.assertNotNil(next(list), message)
  return list
end

function tests.test_the_object_run()
  local annotated = {}
  for _, names in ipairs { annotations.of("Run"), annotations.fields["lure.Run"] } do
    for name in pairs(names) do annotated[name] = true end
  end
  assert_same_names(annotated, names_in_a_run("run"), "run")
end

function tests.test_what_a_rate_may_know()
  assert_same_names(annotations.fields["lure.Progress"], names_in_a_run("p"), "p")
end

function tests.test_a_batch()
  assert_same_names(annotations.fields["lure.Batch"], names_in_a_run("batch"), "a batch")
end

function tests.test_what_collect_may_be_told()
  assert_same_names(annotations.fields["lure.CollectOptions"], names_in_a_run("collect"), "collect's options")
end

function tests.test_what_a_policy_may_be_told()
  local x, actions, rng = lure.zeros(1, 2), lure.tensor({ 1 }, "int32"), lure.rng(1)
  local methods, wrong = (methods_of(policy)), { no_such_option = 1 }
  local function options_of(name, ...)
    local _, message = pcall(methods[name], policy, ...)
    local names = {}
    for option in message:match("[Kk]nown: ([%w_, ]*)"):gmatch("[%w_]+") do names[option] = true end
    return names
  end
  local function annotated(class)
    local names = {}
    while class do
      for name in pairs(annotations.fields[class]) do names[name] = true end
      class = annotations.fields[class]["(parent)"]
    end
    return names
  end
  assert_same_names(annotated("lure.GradientOptions"), options_of("gradient", x, actions, nil, wrong), "gradient's options")
  assert_same_names(annotated("lure.RowOptions"), options_of("evaluate", x, actions, wrong), "evaluate's options")
  assert_same_names(annotated("lure.RowOptions"), options_of("forward", x, wrong), "forward's options")
  assert_same_names(annotated("lure.RowOptions"), options_of("values", x, wrong), "values' options")
  assert_same_names(annotated("lure.RowOptions"), options_of("kl", x, policy, wrong), "kl's options")
  assert_same_names(annotated("lure.ActOptions"), options_of("act", x, rng, wrong), "act's options")
end

function tests.test_the_keys_of_experiments()
  local _, message = pcall(lure_test.run, "tests/lua/names.lua", { { "no_such_key", 1 } })
  local names = {}
  for name in message:match("Known: ([%w_, ]*)"):gmatch("[%w_]+") do names[name] = true end
  assert_same_names(annotations.fields["lure.Experiment"], names, "an experiment")
end

-- The options of a step's normalisers, which are tables of their own.
function tests.test_the_options_of_options()
  local text = {}
  for line in io.lines(FOLDER .. "/roles.lua") do text[line:match("^%-%-%-@field ([%w_]+)") or ""] = line end
  for _, key in ipairs { "normalize_observation", "normalize_reward", "limits", "evaluate", "stop_early" } do
    local _, message = pcall(lure_test.run, "tests/lua/names.lua", { { key, { no_such_key = 1 } } })
    local names, written = {}, {}
    for name in message:match("Known: ([^(]*)"):gmatch("%f[%w_][%a_]+") do names[name] = true end
    for name in text[key]:match("{(.*)}"):gmatch("([%w_]+)%?:") do written[name] = true end
    assert_same_names(written, names, key)
  end
end

-- ---- parameters ----

-- A value for a parameter that a call is tried with.
local function sample(class, name, kind)
  if name == "ends" then return lure.tensor({ 0, 0, 1 }, "int32") end
  if name == "indices" then return lure.tensor({ 1, 2, 1 }, "int32") end
  if name == "actions" then return lure.tensor({ 1, 2, 3 }, "int32") end
  if name == "observations" then return lure.zeros(3, 2) end
  if name == "observation" then return { 0, 0 } end
  if name == "gradient" then return lure.zeros(policy.n_parameters) end
  if name == "before" then return policy end
  if name == "other" then return class == "Policy" and policy or lure.tensor { 1, 2, 3 } end
  if class == "Replay" and name == "batch" then return BATCH end
  if class == "World" and name == "action" then return "say1" end
  if class == "World" and name == "snapshot" then return NOUNS.World:snapshot() end
  if class == "Space" and name == "value" then return "a" end
  if class == "Space" and name == "numbers" then return { 0, 0, 1 } end
  if class == "lure" and name == "actions" then return { "a", "b" } end
  if class == "lure" and name == "observation" then return { "x" } end
  if name == "state" and NOUNS[class] then return NOUNS[class]:state() end
  if name == "loss" then return function(t) return lure.sum(t) end end
  if name == "given" then return {} end
  if name == "values" and class == "Run" then return {} end
  if name == "o" then return { discount = 1, lambda = 1, n = 1 } end
  if name == "list" and kind == "lure.Tensor[]" then return { lure.zeros(2), lure.zeros(2) } end
  if name == "list" then return { 1, 2 } end
  if name == "rows" then return lure.zeros(2, 3) end
  local by_type = {
    ["lure.Tensor"] = lure.tensor { 1, 2, 3 }, ["lure.Numbers"] = lure.tensor { 1, 2, 3 }, ["lure.Rng"] = lure.rng(1),
    ["lure.Policy"] = policy, number = 0.5, integer = 1, boolean = false, T = {}, ["integer|integer[]"] = 3,
    ["lure.Type"] = "float64", ["lure.Rng|nil"] = lure.rng(1),
    ["lure.Batch"] = { next_observations = lure.zeros(3, 2), ends = lure.tensor({ 0, 0, 1 }, "int32") },
  }
  local value = by_type[kind]
  luaunit.assertNotNil(value, ("no sample for %s, %s"):format(name, kind))
  return value
end

-- Those whose needed arguments a table holds, or of which an empty one is an error of another kind.
local SKIPPED = { ["lure.policy"] = true, ["lure.optimizer"] = true, ["lure.normaliser"] = true, ["Optimizer.load"] = true,
                  ["lure.reward_scaler"] = true, ["lure.replay"] = true }

local function each_function(visit)
  local live = { lure = lure }
  for owner in pairs(NOUNS) do live[owner] = (methods_of(NOUNS[owner])) end
  for owner, functions in pairs(live) do
    for name, entry in pairs(annotations.of(owner)) do
      local full = owner .. "." .. name
      if not SKIPPED[full] and entry.method == (owner ~= "lure") then visit(full, owner, functions[name], entry) end
    end
  end
end

-- Calls with the needed arguments alone, `left_out` of them left out from the end.
local function call(owner, f, entry, left_out)
  local arguments, n = {}, 0
  if entry.method then
    n = 1
    arguments[1] = NOUNS[owner]
  end
  for _, param in ipairs(entry.params) do
    if not param.optional and param.name ~= "..." then
      n = n + 1
      arguments[n] = sample(owner, param.name, param.type)
    end
  end
  return n - (entry.method and 1 or 0), pcall(f, table.unpack(arguments, 1, n - left_out))
end

local function is_about_arguments(message)
  return message:find("expected", 1, true) and (message:find("got no value", 1, true) or message:find("got nil", 1, true)
    or message:find("is nil", 1, true) or message:find("no value", 1, true))
end

function tests.test_needed_arguments_are_enough()
  local count, wrong = 0, {}
  each_function(function(full, owner, f, entry)
    local _, worked, message = call(owner, f, entry, 0)
    count = count + 1
    if not worked and is_about_arguments(tostring(message)) then wrong[#wrong + 1] = full .. ": " .. tostring(message) end
  end)
  luaunit.assertEquals(table.concat(wrong, "\n"), "")
  luaunit.assertTrue(count > 90, "only " .. count .. " functions were called")
end

function tests.test_each_needed_argument_is_needed()
  local wrong = {}
  each_function(function(full, owner, f, entry)
    local needed, worked = call(owner, f, entry, 1)
    if needed > 0 and worked then wrong[#wrong + 1] = full end
  end)
  table.sort(wrong)
  luaunit.assertEquals(table.concat(wrong, " "), "", "can do without its last needed argument")
end

return tests
