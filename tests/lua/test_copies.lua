-- Copies of a world, as the host steps them: observations, legal actions, snapshots, forks.
local luaunit = require("luaunit")

local tests = {}

-- A walk by chance, in a state with tables in it.
local function walk(options)
  local world = { actions = { "left", "right" }, observation = { "x", { "arm", { "angle", "speed" } }, { "seen", size = 2 } },
                  max_steps = options and options.max_steps or 30 }
  function world.reset(s, rng, input)
    s.x, s.arm, s.seen = input.x or rng:uniform(), { angle = rng:uniform(), speed = 0 }, { 0, 0 }
  end
  function world.step(s, action, rng)
    s.x = s.x + (action == "right" and 1 or -1) * rng:uniform()
    s.arm.speed = s.arm.speed + rng:uniform()
    s.arm.angle = s.arm.angle + s.arm.speed
    s.seen = { s.seen[2], s.x }
    return math.abs(s.x) > 3
  end
  function world.legal(s) return s.x > 0 and { "left" } or { "left", "right" } end
  function world.render(s) return ("at %.1f"):format(s.x) end
  return world
end
local function reward(s, action, terminated, before)
  return s.x - before.x + (before.arm.angle - s.arm.angle) / 10 + (before.seen[2] - s.seen[1])
end

local function copies(t)
  t.environment, t.reward = t.environment or walk(t), t.reward or reward
  return lure_test.copies(t)
end

-- n steps of copy i, resetting where an episode ends, as text.
local function live(c, i, n, first)
  local lines = {}
  for k = first or 1, (first or 1) + n - 1 do
    local observation, r, terminated, truncated = c.step(i, k % 3 == 0 and 1 or 0)
    lines[#lines + 1] = lure_test.write({ observation, r, terminated, truncated })
    if terminated or truncated then lines[#lines + 1] = lure_test.write(c.reset(i)) end
  end
  return table.concat(lines, "\n")
end

function tests.test_an_observation_is_flat_in_the_order_of_its_declaration()
  local c = copies {}
  luaunit.assertEquals(c.reset(1, { x = 2 })[1], 2)
  local o = c.step(1, 0)
  local s = c.state(1)
  luaunit.assertEquals(o, { s.x, s.arm.angle, s.arm.speed, 0, s.x })
end

function tests.test_the_reward_sees_the_observation_before()
  local c = copies {}
  local before = c.reset(1)
  local after, r = c.step(1, 1)
  luaunit.assertEquals(r, after[1] - before[1] + (before[2] - after[2]) / 10 + (before[5] - after[4]))
end

function tests.test_legal_actions_pictures_and_words()
  local c = copies {}
  c.reset(1, { x = 2 })
  luaunit.assertEquals(c.legal(1), "10")
  luaunit.assertEquals(c.render(1), "at 2.0")
  c.reset(1, { x = -2 })
  luaunit.assertEquals(c.legal(1), "11")
  luaunit.assertEquals(c.action(1, 1), "right")
  local pair = copies { environment = { actions = { { low = -1, high = 1 }, { low = 0 } }, observation = {},
                                        reset = function() end, step = function() return false end },
                        reward = function() return 0 end }
  luaunit.assertEquals(pair.action(1, { 1.5, -3 }), { 1, 0 })
  luaunit.assertEquals(pair.action(1, { -0.25, 300 }), { -0.25, 300 })
end

function tests.test_legal_words_of_several_parts()
  local function legal(list)
    local world = { actions = { { "a", "b" }, { name = "gear", "c", "d", "e" } }, observation = {} }
    function world.reset() end
    function world.step() return false end
    function world.legal() return list end
    local c = copies { environment = world, reward = function() return 0 end }
    c.reset(1)
    return c.legal(1)
  end
  luaunit.assertEquals(legal { { "b" }, { "e", "c" } }, "01101")
  local function refused(text, list) luaunit.assertErrorMsgContains(text, legal, list) end
  refused("what is legal is nil; expected a list of lists of words", nil)
  refused("what is legal has 1 parts; expected 2", { { "a" } })
  refused("what is legal has 3 parts; expected 2", { { "a" }, { "c" }, { "a" } }) -- of which one would mean nothing
  refused("what is legal of part 1 is \"a\" (a string); expected a list of words", { "a", { "c" } })
  refused("what is legal of 'gear' (part 2) is an empty list; some action must be legal", { { "a" }, {} })
  refused("what is legal of 'gear' (part 2) has \"a\" (a string), which is none of the words; did you mean 'c'?",
    { { "a" }, { "d", "a" } })
end

function tests.test_a_time_limit_ends_what_goes_on_and_nothing_else()
  local c = copies { max_steps = 2 }
  c.reset(1, { x = 0 })
  luaunit.assertEquals({ select(3, c.step(1, 0)) }, { false, false })
  luaunit.assertEquals({ select(3, c.step(1, 1)) }, { false, true })
  c.reset(1, { x = 2.9999 })
  c.step(1, 0)
  local _, _, terminated, truncated = c.step(1, 0)
  luaunit.assertEquals(terminated and truncated, false)
  c.set_state(1, { x = -2.9999, arm = { angle = 0, speed = 0 }, seen = { 0, 0 } })
end

function tests.test_an_action_repeated_ends_with_the_episode()
  local world = { actions = { "a", "b" }, observation = { "n" }, max_steps = 5 }
  function world.reset(s) s.n = 0 end
  function world.step(s) s.n = s.n + 1 return s.n == 4 end
  local c = copies { environment = world, reward = function(s) return s.n end, again = 3 }
  c.reset(1)
  local o, r, terminated = c.step(1, 0)
  luaunit.assertEquals({ o[1], r, terminated }, { 3, 6, false })
  o, r, terminated = c.step(1, 0)
  luaunit.assertEquals({ o[1], r, terminated }, { 4, 4, true })
end

function tests.test_a_copy_lives_the_same_beside_any_others()
  local few, many = copies { n = 2, seed = 5 }, copies { n = 7, seed = 5 }
  for i = 1, 7 do many.reset(i) end
  for i = 2, 1, -1 do few.reset(i) end
  for i = 7, 3, -1 do live(many, i, 20) end
  luaunit.assertEquals(live(many, 2, 50), live(few, 2, 50))
  luaunit.assertEquals(live(few, 1, 50), live(many, 1, 50))
end

function tests.test_copies_and_seeds_differ()
  local c, other = copies { n = 2, seed = 5 }, copies { n = 2, seed = 6 }
  for i = 1, 2 do c.reset(i) other.reset(i) end
  local a, b = live(c, 1, 20), live(c, 2, 20)
  luaunit.assertNotEquals(a, b)
  luaunit.assertNotEquals(a, live(other, 1, 20))
  luaunit.assertNotEquals(b, live(other, 1, 20)) -- seed 5's second is not seed 6's first
end

-- ---- snapshots ----

function tests.test_a_snapshot_of_any_step_goes_on_bit_for_bit()
  local c = copies { seed = 3 }
  c.reset(1)
  for at = 1, 60, 7 do
    local snapshot = c.snapshot(1)
    local on = live(c, 1, 40, at)
    c.restore(1, snapshot)
    luaunit.assertEquals(live(c, 1, 40, at), on)
    c.restore(1, snapshot) -- it may be used again
    luaunit.assertEquals(c.snapshot(1), snapshot)
    live(c, 1, 7, at)
  end
end

function tests.test_a_snapshot_goes_on_in_another_set_of_copies()
  local c, other = copies { seed = 3, n = 3 }, copies { seed = 3, n = 2 }
  for i = 1, 3 do c.reset(i) end
  live(c, 2, 11)
  local snapshot = lure_test.parse(lure_test.write(c.snapshot(2))) -- through text, as a file would have it
  other.restore(2, snapshot)
  luaunit.assertEquals(live(other, 2, 40), live(c, 2, 40))
end

function tests.test_forks_share_the_state_and_not_the_chance()
  local c = copies { seed = 3, n = 3 }
  for i = 1, 3 do c.reset(i) end
  live(c, 1, 5)
  local snapshot = c.snapshot(1)
  c.restore(2, snapshot)
  c.restore(3, snapshot)
  luaunit.assertEquals(c.state(2), c.state(1))
  luaunit.assertNotIs(c.state(2), c.state(1))
  local a, b = live(c, 2, 10), live(c, 3, 10)
  luaunit.assertNotEquals(a, b)
  luaunit.assertEquals(c.snapshot(1), snapshot) -- untouched by what the others did
end

function tests.test_a_snapshot_is_not_the_state()
  local c = copies {}
  c.reset(1)
  local snapshot = c.snapshot(1)
  local text = lure_test.write(snapshot)
  live(c, 1, 10)
  luaunit.assertEquals(lure_test.write(snapshot), text)
  c.restore(1, snapshot)
  live(c, 1, 10)
  luaunit.assertEquals(lure_test.write(snapshot), text)
end

function tests.test_what_is_no_snapshot_is_refused_and_changes_nothing()
  local c = copies {}
  c.reset(1)
  local good = lure_test.write(c.snapshot(1))
  local function refused(text, change)
    local snapshot = lure_test.parse(good)
    change(snapshot)
    luaunit.assertErrorMsgContains(text, c.restore, 1, snapshot)
    luaunit.assertEquals(lure_test.write(c.snapshot(1)), good)
  end
  refused("'state' is nil", function(s) s.state = nil end)
  refused("'episode' is -1", function(s) s.episode = -1 end)
  refused("'step' is string", function(s) s.step = "x" end)
  refused("'in_episode' is nil", function(s) s.in_episode = nil end)
  refused("its observation is not 5 numbers", function(s) s.observation[5] = nil end)
  refused("its observation is not 5 numbers", function(s) s.observation[2] = 0 / 0 end)
  luaunit.assertErrorMsgContains("expected a snapshot, got number", c.restore, 1, 5)
end

-- ---- observations that observe(s) gives ----

local function observing(observation, observe)
  local c = copies { environment = { actions = { "a", "b" }, observation = observation, observe = observe,
                                     reset = function() end, step = function() return false end },
                     reward = function() return 0 end }
  return c.reset(1)
end

function tests.test_observe_gives_a_list_or_a_table_by_name()
  local arm = { "x", { "arm", { "angle" } }, { "seen", size = 2 } }
  luaunit.assertEquals(observing(3, function() return { 1, true, 3 } end), { 1, 1, 3 })
  luaunit.assertEquals(observing(1, function() return 7 end), { 7 })
  luaunit.assertEquals(observing(arm, function() return { 1, 2, 3, 4 } end), { 1, 2, 3, 4 })
  luaunit.assertEquals(observing(arm, function() return { seen = { 3, 4 }, arm = { angle = 2 }, x = 1 } end), { 1, 2, 3, 4 })
end

function tests.test_what_observe_gives_wrongly()
  local arm = { "x", { "arm", { "angle" } }, { "seen", size = 2 } }
  local function refused(text, observation, value)
    luaunit.assertErrorMsgContains(text, observing, observation, function() return value end)
  end
  refused("observe returned 2 numbers; 'observation' declares 3", 3, { 1, 2 })
  refused("observe returned 0 numbers; 'observation' declares 4", arm, {})
  refused("observation 'arm.angle' (number 2) is nil", arm, { x = 1 })
  refused("observation 'arm.angle' (number 2) is nil", arm, { x = 1, arm = 5 })
  refused("observation 'seen[2]' (number 4) is nil", arm, { x = 1, arm = { angle = 2 }, seen = { 3 } })
  refused("observation 'seen' has 3 numbers; 'observation' declares 2", arm, { x = 1, arm = { angle = 2 }, seen = { 3, 4, 5 } })
  refused("observe returned nil; expected a list of numbers", 2, nil)
end

function tests.test_very_many_fields()
  local names = {}
  for i = 1, 300 do names[i] = "x" .. i end
  local world = { actions = { "a", "b" }, observation = names }
  function world.reset(s) for i = 1, 300 do s["x" .. i] = i end end
  function world.step(s) s.x300 = -1 return true end
  local c = copies { environment = world, reward = function(s, a, t, before) return before.x300 end }
  luaunit.assertEquals(c.reset(1)[299], 299)
  local o, r = c.step(1, 0)
  luaunit.assertEquals({ #o, o[300], r }, { 300, -1, 300 })
end

return tests
