-- A world in a script's hands (bind_world.c): it steps as a run's copies do, and whatever was taken down of it, by a fork or a
-- snapshot, goes on bit for bit, at any step of every world that is shipped.
local luaunit = require("luaunit")

local tests = {}

local SCHEDULES = { fry_shacks = "uniform_hunger", fry_shacks_chance = "uniform_hunger" } -- worlds that ask for input
local STEPS, AFTER = 40, 12

local function exact(numbers)
  local texts = {}
  for i, x in ipairs(numbers) do texts[i] = ("%a"):format(x) end
  return table.concat(texts, " ")
end

-- One step as text; begins the next episode where one has ended.
local function live(world, action)
  if world.ended then return "reset " .. exact(world:reset()) end
  local observation, reward, terminated, truncated = world:step(action)
  return ("%s reward %a %s %s"):format(exact(observation), reward, terminated, truncated)
end

local function live_all(world, actions)
  local lines = {}
  for i, action in ipairs(actions) do lines[i] = live(world, action) end
  lines[#lines + 1] = ("%d %d %a"):format(world.episode, world.steps, world.episode_return)
  return table.concat(lines, "\n")
end

local function draw(space, rng, n)
  local actions = {}
  for i = 1, n do actions[i] = space:sample(rng) end
  return actions
end

function tests.test_a_fork_and_a_snapshot_of_every_world_go_on_bit_for_bit()
  local n = 0
  for _, file in ipairs(lure_test.files("environments", ".lua")) do
    local name = file:gsub("%.lua$", "")
    local what = { environment = name, schedule = SCHEDULES[name], seed = 7 }
    local world, other = lure_test.world(what), lure_test.world(what)
    local space = lure_test.lure.action_space(lure_test.load("environment", name).actions)
    local rng = lure_test.rng(3)
    world:reset()
    other:reset()
    for step = 1, STEPS do
      local saved, fork, future = world:snapshot(), world:fork(), draw(space, rng, AFTER)
      local forked = live_all(fork, future)
      other:restore(saved)
      luaunit.assertEquals(live_all(other, future), forked, name .. ", restored at step " .. step)
      other:restore(saved)
      luaunit.assertEquals(live_all(other, future), forked, name .. ", restored again at step " .. step)
      if step % 10 == 0 then
        luaunit.assertEquals(live_all(world, future), forked, name .. ", forked at step " .. step)
      end
      live(world, future[1])
    end
    n = n + 1
  end
  luaunit.assertTrue(n >= 5)
end

-- ---- a small world ----

local walk = { actions = { "left", "right" }, observation = { "place", { "luck", low = 0, high = 1 } }, max_steps = 6 }

function walk.reset(s, rng, input)
  s.place, s.luck, s.trail = input.place or 0, rng:uniform(), {}
end

function walk.step(s, action, rng)
  s.place = s.place + (action == "right" and 1 or -1)
  s.luck = rng:uniform()
  s.trail[#s.trail + 1] = action
  return s.place >= 3
end

function walk.reward(s) return s.place end

function walk.render(s) return "at " .. s.place end

local function open(more)
  local what = { environment = walk, seed = 5 }
  for key, value in pairs(more or {}) do what[key] = value end
  return lure_test.world(what)
end

function tests.test_a_step_gives_observation_reward_terminated_truncated()
  local world = open()
  luaunit.assertTrue(world.ended)
  luaunit.assertEquals(world:reset()[1], 0)
  for place = 1, 2 do
    local observation, reward, terminated, truncated = world:step("right")
    luaunit.assertEquals({ observation[1], reward, terminated, truncated }, { place, place, false, false })
  end
  local _, _, terminated, truncated = world:step("right")
  luaunit.assertEquals({ terminated, truncated }, { true, false })
  luaunit.assertEquals({ world.ended, world.terminated, world.truncated, world.steps, world.episode, world.episode_return },
    { true, true, false, 3, 1, 6 })
  luaunit.assertErrorMsgContains("no episode goes on", world.step, world, "left")
  world:reset()
  luaunit.assertEquals({ world.ended, world.terminated, world.episode, world.steps, world.episode_return },
    { false, false, 2, 0, 0 })
end

function tests.test_the_time_limit_holds()
  local world = open { max_steps = 2 }
  world:reset()
  world:step("left")
  local _, _, terminated, truncated = world:step("left")
  luaunit.assertEquals({ terminated, truncated, world.truncated }, { false, true, true })
end

function tests.test_reset_takes_an_input_and_a_schedule_gives_one()
  luaunit.assertEquals(open():reset({ place = 2 })[1], 2)
  local world = open { schedule = function(_, episode) return { place = -episode } end }
  luaunit.assertEquals({ world:reset()[1], world:reset()[1], world:reset({ place = 9 })[1] }, { -1, -2, 9 })
end

function tests.test_a_fork_is_a_world_of_its_own()
  local world = open()
  world:reset()
  world:step("right")
  local fork = world:fork()
  fork:step("left")
  fork.state.trail[1] = "written over"
  luaunit.assertEquals(world.state.trail, { "right" })
  luaunit.assertEquals({ world.steps, fork.steps, world.observation[1], fork.observation[1] }, { 1, 2, 1, 0 })
end

function tests.test_a_snapshot_is_plain_and_stays_as_it_was()
  local world = open()
  world:reset()
  local saved = world:snapshot()
  world:step("right")
  luaunit.assertEquals({ saved.state.place, #saved.state.trail, saved.step, saved.seed, saved.copy }, { 0, 0, 0, 5, 1 })
  luaunit.assertEquals(world:restore(saved)[1], 0)
  world:step("right")
  luaunit.assertEquals(#saved.state.trail, 0)
end

function tests.test_what_is_no_snapshot_is_refused_and_changes_nothing()
  local world = open()
  world:reset()
  world:step("right")
  luaunit.assertErrorMsgContains("no snapshot", world.restore, world, {})
  luaunit.assertErrorMsgContains("expected", world.restore, world, 3)
  luaunit.assertEquals({ world.steps, world.ended, world:step("right")[1] }, { 1, false, 2 })
end

function tests.test_an_ended_episode_can_be_restored_to_before_its_end()
  local world = open()
  world:reset()
  world:step("right")
  world:step("right")
  local saved = world:snapshot()
  world:step("right")
  luaunit.assertTrue(world.ended)
  world:restore(saved)
  luaunit.assertEquals({ world.ended, world.terminated, world:step("left")[1] }, { false, false, 1 })
end

function tests.test_another_seed_is_another_chance()
  local world = open()
  world:reset()
  local same, other = world:fork(), world:fork()
  other:reseed(6)
  local luck = world:step("left")[2]
  luaunit.assertEquals(same:step("left")[2], luck)
  luaunit.assertNotEquals(other:step("left")[2], luck)
  luaunit.assertEquals(other:snapshot().seed, 6)
end

function tests.test_the_same_seed_is_the_same_world()
  local a, b, c = open(), open(), open { seed = 6 }
  luaunit.assertEquals(a:reset()[2], b:reset()[2])
  luaunit.assertNotEquals(a.observation[2], c:reset()[2])
end

function tests.test_actions_are_as_the_world_declares_them()
  local world = open()
  world:reset()
  luaunit.assertErrorMsgContains("did you mean 'right'?", world.step, world, "rihgt")
  luaunit.assertErrorMsgContains("expected a word", world.step, world, 1)
  luaunit.assertErrorMsgContains("world:step", world.step, world, {})
  luaunit.assertError(world.step, world)
  luaunit.assertEquals(world.steps, 0)
  local two = { actions = { { low = -1, high = 1 }, { low = -1, high = 1 } }, observation = { "x" }, max_steps = 9 }
  function two.reset(s) s.x = 0 end
  function two.step(s, a)
    s.x = a[1] + 10 * a[2]
    return false
  end
  world = lure_test.world { environment = two, reward = 0 }
  world:reset()
  luaunit.assertEquals(world:step({ 0.5, -1 })[1], -9.5)
end

function tests.test_legal_words_and_a_picture()
  local world = open()
  world:reset()
  luaunit.assertNil(world:legal())
  luaunit.assertEquals(world:render(), "at 0")
  local limited = { actions = { "left", "right" }, observation = { "place" }, max_steps = 9, reset = walk.reset, step = walk.step }
  function limited.legal(s) return s.place <= 0 and { "right" } or { "left", "right" } end
  world = lure_test.world { environment = limited, reward = 1 }
  world:reset()
  luaunit.assertEquals(world:legal(), { "right" })
  luaunit.assertNil(world:render())
  world:step("right")
  luaunit.assertEquals(world:legal(), { "left", "right" })
  luaunit.assertEquals(world.steps, 1)
end

function tests.test_a_misspelt_name_is_told_what_there_is()
  local world = open()
  luaunit.assertErrorMsgContains("no 'stpe'; it has step, reset", function() return world.stpe end)
  luaunit.assertErrorMsgContains("may not be written", function() world.steps = 3 end)
  luaunit.assertErrorMsgContains("environment is missing", lure_test.world, {})
  luaunit.assertErrorMsgContains("did you mean 'seed'?", lure_test.world, { environment = walk, sead = 3 })
  luaunit.assertErrorMsgContains("max_steps is 0", lure_test.world, { environment = walk, max_steps = 0 })
end

function tests.test_an_error_of_the_world_ends_the_episode()
  local bad = { actions = { "a", "b" }, observation = { "x" }, max_steps = 9, reset = function(s) s.x = 0 end }
  function bad.step(s, action)
    if action == "b" then error("no b") end
    s.x = s.x + 1
    return false
  end
  local world = lure_test.world { environment = bad, reward = 0 }
  world:reset()
  world:step("a")
  local saved = world:snapshot()
  luaunit.assertErrorMsgContains("no b", world.step, world, "b")
  luaunit.assertTrue(world.ended)
  world:restore(saved)
  luaunit.assertEquals(world:step("a")[1], 2)
end

-- one engine steps all handles: a world inside a step of another would take its place
function tests.test_no_world_is_used_while_another_is_in_a_step()
  local nested = { actions = { "go", "fail" }, observation = { "x" } }
  local other, within
  function nested.reset(s) s.x = 0 end
  function nested.step(s, action)
    s.x = s.x + 1
    if within then within(other) end
    assert(action == "go")
    return false
  end
  local world = lure_test.world { environment = nested, reward = 0 }
  world:reset()
  world:step("go")
  other = world:fork()
  for i = 1, 5 do other:step("go") end
  local saved = other:snapshot()
  local refused = 0
  within = function(w)
    within = nil
    for use, argument in pairs { [w.step] = "go", [w.reset] = {}, [w.snapshot] = 1, [w.fork] = 1, [w.restore] = saved } do
      for _, call in ipairs { pcall, coroutine.wrap(pcall) } do
        local ok, message = call(use, w, argument)
        refused = refused + (not ok and message:find("a world is used by a script that a world", 1, true) and 1 or 0)
      end
    end
  end
  luaunit.assertEquals(world:step("go")[1], 2)
  luaunit.assertEquals(refused, 10)
  luaunit.assertEquals({ world.state.x, world.steps, other.state.x, other.steps }, { 2, 2, 6, 6 })
  within = function(w) within = nil w:step("go") end
  luaunit.assertErrorMsgContains("a world is used by a script", coroutine.wrap(world.step), world, "go")
  luaunit.assertEquals(other:step("go")[1], 7) -- an error that ended a step leaves no one in it
  luaunit.assertFalse((coroutine.resume(coroutine.create(other.step), other, "fail")))
  world:reset()
  luaunit.assertEquals(world:step("go")[1], 1)
end

return tests
