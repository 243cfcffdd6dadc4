-- lure.action_space and lure.observation_space: declarations of environments, and values as scripts write them.
local luaunit = require("luaunit")

local tests = {}
local lure = lure_test.lure
local acts, sees = lure.action_space, lure.observation_space
local inf = math.huge

local function refused(text, f, ...) luaunit.assertErrorMsgContains(text, f, ...) end
local function outside(text, space, value)
  local fits, why = space:contains(value)
  luaunit.assertFalse(fits)
  luaunit.assertEquals(why, text)
end
local function inside(space, value)
  local fits, why = space:contains(value)
  luaunit.assertTrue(fits, why)
  luaunit.assertNil(why)
end

-- ---- what can be declared ----

function tests.test_words()
  local space = acts { "left", "stay", "right" }
  luaunit.assertEquals(space:kind(), "discrete")
  luaunit.assertEquals({ #space, space:size() }, { 1, 3 })
  luaunit.assertEquals(space:parts(), { { n = 3, words = { "left", "stay", "right" } } })
  luaunit.assertEquals(tostring(space), "action space: discrete, 1 part, 3 numbers flat")
  inside(space, "stay")
  outside("the action is 'lefft', which is none of its words; did you mean 'left'?", space, "lefft")
  outside("the action is 'up', which is none of its words; the first is 'left'", space, "up")
  outside("the action is 1; expected a word", space, 1)
  outside("the action is nil; expected a word", space, nil)
  outside("the action is table; expected a word", space, { "left" })
  luaunit.assertEquals(acts({ name = "way", "a", "b" }):parts()[1].name, "way")
end

function tests.test_one_number()
  local space = acts { low = -2, high = 2 }
  luaunit.assertEquals(space:kind(), "box")
  luaunit.assertEquals({ #space, space:size() }, { 1, 1 })
  luaunit.assertEquals(space:parts(), { { low = -2, high = 2 } })
  inside(space, -2)
  inside(space, 2)
  outside("the action is 2.5; expected at most 2", space, 2.5)
  outside("the action is -3; expected at least -2", space, -3)
  outside("the action is nan; expected a finite number", space, 0 / 0)
  outside("the action is \"1\" (a string); expected a finite number", space, "1")
  outside("the action is boolean; expected a finite number", space, true)
  luaunit.assertEquals(acts({ low = 0 }):parts(), { { low = 0, high = inf } })
  luaunit.assertEquals(acts({ low = -inf, high = inf }):parts(), { { low = -inf, high = inf } })
end

function tests.test_several_numbers()
  local space = acts { { name = "steer", low = -1, high = 1 }, { low = 0, high = 1 } }
  luaunit.assertEquals(space:kind(), "box")
  luaunit.assertEquals({ #space, space:size() }, { 2, 2 })
  inside(space, { 0.5, 1 })
  outside("'steer' (part 1) is 2; expected at most 1", space, { 2, 1 })
  outside("part 2 is \"1\" (a string); expected a finite number", space, { 1, "1" })
  outside("the action has 1 parts; expected 2", space, { 0 })
  outside("the action is 0; expected a list", space, 0)
  inside(acts { { low = 0, high = 1 } }, { 0.5 }) -- a list of one number
end

function tests.test_several_choices()
  local space = acts { { "a", "b" }, { name = "gear", "low", "high", "reverse" } }
  luaunit.assertEquals(space:kind(), "multi-discrete")
  luaunit.assertEquals({ #space, space:size() }, { 2, 5 })
  luaunit.assertEquals(space:parts(), { { n = 2, words = { "a", "b" } },
                                        { name = "gear", n = 3, words = { "low", "high", "reverse" } } })
  inside(space, { "b", "reverse" })
  outside("'gear' (part 2) is 'hihg', which is none of its words; did you mean 'high'?", space, { "b", "hihg" })
  outside("the action has 3 parts; expected 2", space, { "a", "low", "low" })
end

function tests.test_an_observation()
  local space = sees { "x", { "speed", low = -1, high = 1 }, { "cell", n = 16 }, { "pixels", size = 2, low = 0 },
                       { "arm", { "angle", { "hand", { { "grip", n = 2 } } }, { "tips", size = 2, n = 3 } } }, "last" }
  luaunit.assertEquals(space:kind(), "mixed")
  luaunit.assertEquals({ #space, space:size() }, { 10, 1 + 1 + 16 + 2 + 1 + 2 + 6 + 1 })
  local names = {}
  for i, part in ipairs(space:parts()) do names[i] = part.name end
  luaunit.assertEquals(names, { "x", "speed", "cell", "pixels[1]", "pixels[2]", "arm.angle", "arm.hand.grip",
                                "arm.tips[1]", "arm.tips[2]", "last" })
  luaunit.assertEquals(space:parts()[4], { name = "pixels[1]", low = 0, high = inf })
  luaunit.assertEquals(space:parts()[9], { name = "arm.tips[2]", n = 3 })

  local function value()
    return { x = 7, speed = 0.5, cell = 15, pixels = { 1, 2 }, last = true,
             arm = { angle = -3, hand = { grip = false }, tips = { 0, 2 } } }
  end
  inside(space, value())
  inside(space, { 7, 0.5, 15, 1, 2, -3, 0, 0, 2, 1 })
  local function without(change, text)
    local changed = value()
    change(changed)
    outside(text, space, changed)
  end
  without(function(s) s.x = nil end, "'x' (number 1) is nil; expected a finite number")
  without(function(s) s.x = inf end, "'x' (number 1) is inf; expected a finite number")
  without(function(s) s.speed = 2 end, "'speed' (number 2) is 2; expected at most 1")
  without(function(s) s.cell = 16 end, "'cell' (number 3) is 16; expected a whole number from 0 to 15")
  without(function(s) s.cell = 0.5 end, "'cell' (number 3) is 0.5; expected a whole number from 0 to 15")
  without(function(s) s.cell = "a" end, "'cell' (number 3) is \"a\" (a string); expected a whole number")
  without(function(s) s.pixels[2] = -1 end, "'pixels[2]' (number 5) is -1; expected at least 0")
  without(function(s) s.pixels[3] = 1 end, "'pixels' has 3 numbers; expected 2")
  without(function(s) s.pixels = 1 end, "'pixels' is 1; expected a list of 2 numbers")
  without(function(s) s.arm = nil end, "'arm' is nil; expected a table")
  without(function(s) s.arm.hand = 3 end, "'arm.hand' is 3; expected a table")
  without(function(s) s.arm.hand.grip = 2 end, "'arm.hand.grip' (number 7) is 2; expected a whole number from 0 to 1")
  without(function(s) s.arm.tips[2] = 3 end, "'arm.tips[2]' (number 9) is 3; expected a whole number from 0 to 2")
  outside("the observation has 3 numbers; expected 10", space, { 1, 2, 3 })
  outside("the observation is 3; expected a table", space, 3)
end

function tests.test_an_observation_that_is_a_count()
  local space = sees(3)
  luaunit.assertEquals({ space:kind(), #space, space:size() }, { "box", 3, 3 })
  luaunit.assertEquals(space:parts()[1], { low = -inf, high = inf })
  inside(space, { 1, 2, 3 })
  outside("'?' (number 2) is nan; expected a finite number", space, { 1, 0 / 0, 3 })
  outside("the observation has 0 numbers; expected 3", space, { x = 1 })
  luaunit.assertEquals(#sees(0), 0)
  luaunit.assertEquals({ sees({}):kind(), #sees {} }, { "box", 0 })
  inside(sees {}, {})
end

function tests.test_actions_refused()
  local long = {}
  for i = 1, 65537 do long[i] = "w" .. i end
  local rows = {
    { nil, "'actions' is nil; expected a list of words, like { \"left\", \"right\" }" },
    { {}, "'actions' has 0 words; a policy needs at least two" },
    { { "one" }, "'actions' has 1 words" },
    { long, "'actions' has more than 65536 words" },
    { { "a", 2 }, "actions[2] is number; expected a word" },
    { { "a", "a" }, "actions name 'a' twice" },
    { { "a", "b\0c" }, "actions[2] holds a zero byte" },
    { { "a", "b", low = 1 }, "actions: unknown 'low'. Known: name" },
    { { low = 2, high = 1 }, "actions declares low = 2 above high = 1" },
    { { low = 0 / 0 }, "actions: low is nan; expected a number" },
    { { low = inf }, "actions: low is inf; expected a number" },
    { { high = "1" }, "actions: high is string; expected a number" },
    { { low = 0, hihg = 1 }, "actions: unknown 'hihg'; did you mean 'high'?" },
    { { { "a", "b" }, "c" }, "actions[2] is string; expected words" },
    { { { "a", "b" }, { "c" } }, "actions[2] has 1 words" },
    { { { "a", "b" }, { "c", 1 } }, "actions[2][2] is number; expected a word" },
    { { { "a", "b" }, { "c", "c" } }, "actions[2] name 'c' twice" },
    { { { "a", "b" }, { low = 1 } }, "actions[2] is a number and the part before it words" },
    { { { low = 1 }, { "a", "b" } }, "actions[2] is words and the part before it a number" },
    { { { low = 1, name = "x" }, { low = 1, name = "x" } }, "actions[2]: the name 'x' is there twice" },
    { { { low = 1, name = 3 } }, "actions[1]: its name is number; expected a word" },
    { { { low = 1 }, name = "x" }, "actions: unknown option 'name'; it has none" },
    { { { low = 1 }, { high = -1, low = 1 } }, "actions[2] declares low = 1 above high = -1" },
  }
  for i = 1, #rows do refused("lure.action_space: " .. rows[i][2], function() return acts(rows[i][1]) end) end
  refused("value expected", acts)
end

function tests.test_observations_refused()
  local deep = { "x" }
  for i = 1, 8 do deep = { { "t" .. i, deep } } end
  local rows = {
    { "x", "'observation' is string; expected a list of the names of fields of s" },
    { 1.5, "'observation' is not a count of numbers from 0 to 1000000" },
    { -1, "'observation' is not a count" },
    { 1000001, "'observation' is not a count" },
    { { 3 }, "observation[1] is number; expected a name" },
    { { "x", {} }, "observation[2] is nil; expected a name" },
    { { "x", "x" }, "observation 'x': the name 'x' is there twice" },
    { { "x", { "x", size = 2 } }, "observation 'x': the name 'x' is there twice" },
    { { "x\0y" }, "observation 'x' holds a zero byte" },
    { { { "x", low = 1, high = 0.5 } }, "observation 'x' declares low = 1 above high = 0.5" },
    { { { "x", low = {} } }, "observation 'x': low is table; expected a number" },
    { { { "x", high = -inf } }, "observation 'x': high is -inf; expected a number" },
    { { { "x", hihg = 1 } }, "observation 'x': unknown 'hihg'; did you mean 'high'?" },
    { { { "x", n = 3, low = 1 } }, "observation 'x': unknown 'low'" },
    { { { "x", n = 0 } }, "observation 'x': n is 0; expected a whole number from 1 to 1000000" },
    { { { "x", n = 2.5 } }, "observation 'x': n is 2.5; expected a whole number" },
    { { { "x", n = "2" } }, "observation 'x': n is string; expected a whole number" },
    { { { "x", size = 0 } }, "observation 'x': size is 0; expected a whole number" },
    { { { "x", size = 1000000 }, "y" }, "'observation' has more than 1000000 numbers" },
    { { { "x", 3 } }, "observation 'x': a value without a name, [2] = 3" },
    { { { "arm", { "x" }, low = 1 } }, "observation 'arm': unknown option 'low'; it has none" },
    { { { "arm", {} } }, "observation 'arm' is an empty table; expected names of its fields" },
    { { { "arm", { "x", 3 } } }, "observation 'arm'[2] is number; expected a name" },
    { { { "arm", { { "x", low = 2, high = 1 } } } }, "observation 'arm.x' declares low = 2 above high = 1" },
    { { { "arm", { "x", "x" } } }, "observation 'arm.x': the name 'arm.x' is there twice" },
    { { "arm.x", { "arm", { "x" } } }, "observation 'arm.x': the name 'arm.x' is there twice" },
    { { "x", low = 1 }, "observation: unknown option 'low'; it has none" },
    { deep, "lies in more than 7 tables" },
  }
  for i = 1, #rows do refused("lure.observation_space: " .. rows[i][2]:gsub("^lies.*", ""), sees, rows[i][1]) end
  refused("lies in more than 7 tables", sees, deep)
end

function tests.test_a_declaration_may_change_afterwards()
  local long = ("w"):rep(100)
  local declared = { long .. 1, long .. 2 }
  local space = acts(declared)
  declared[1], declared[2] = nil, nil
  for i = 1, 1000 do declared[i] = ("v"):rep(100) .. i end
  collectgarbage()
  luaunit.assertEquals(space:parts()[1].words, { long .. 1, long .. 2 })
  inside(space, long .. 2)
  space:parts()[1].words[1] = "mine"
  inside(space, long .. 1)
end

function tests.test_many_words_and_many_numbers()
  local words = {}
  for i = 1, 65536 do words[i] = "w" .. i end
  local space = acts(words)
  inside(space, "w65536")
  luaunit.assertEquals(space:size(), 65536)
  local wide = sees { { "pixels", size = 100000, low = 0, high = 1 } }
  luaunit.assertEquals(#wide, 100000)
  luaunit.assertEquals(wide:parts()[100000].name, "pixels[100000]")
  inside(wide, wide:sample(lure.rng(1)))
end

-- ---- values ----

function tests.test_samples_are_in_their_space()
  local spaces = {
    acts { "a", "b" }, acts { low = -2, high = 2 }, acts { { low = 0 }, { high = 0 }, { low = -inf } },
    acts { { "a", "b" }, { "c", "d", "e" } }, sees { "x", { "cell", n = 16 } }, sees(2), sees {},
    sees { { "arm", { { "angle", low = -1, high = 1 }, { "tips", size = 3, n = 2 } } }, { "z", low = 5 } },
  }
  local a, b = lure.rng(4), lure.rng(4)
  for _, space in ipairs(spaces) do
    for _ = 1, 200 do
      local value = space:sample(a)
      inside(space, value)
      luaunit.assertEquals(space:sample(b), value) -- the same stream draws the same
    end
  end
  luaunit.assertEquals(math.type(spaces[5]:sample(a).cell), "integer")
end

function tests.test_only_what_is_legal_is_drawn()
  local rng, one, two = lure.rng(9), acts { "a", "b", "c" }, acts { { "a", "b" }, { "c", "d", "e" } }
  local seen = {}
  for _ = 1, 300 do
    seen[one:sample(rng, { "c", "a" })] = true
    local action = two:sample(rng, { { "b" }, { "e", "c" } })
    seen[action[1] .. action[2]] = true
  end
  luaunit.assertEquals(seen, { a = true, c = true, bc = true, be = true })
  refused("space:sample: what is legal is an empty list; some action must be legal", one.sample, one, rng, {})
  refused("what is legal has \"d\" (a string), which is none of the words", one.sample, one, rng, { "d" })
  refused("space:sample: what is legal has 1, which is none of the words", one.sample, one, rng, { 1 })
  refused("space:sample: what is legal is \"a\" (a string); expected a list of words", one.sample, one, rng, "a")
  refused("space:sample: what is legal of part 2 is an empty list", two.sample, two, rng, { { "a" }, {} })
  refused("space:sample: what is legal has 1 parts; expected 2", two.sample, two, rng, { { "a" } })
  refused("expected nothing: a number has no words", acts({ low = 0 }).sample, acts { low = 0 }, rng, { "a" })
  refused("expected nothing: the space is no action's", sees({ "x" }).sample, sees { "x" }, rng, { "a" })
end

function tests.test_flat_form()
  luaunit.assertEquals(acts({ "a", "b", "c" }):flatten("b"):to_table(), { 0, 1, 0 })
  luaunit.assertEquals(acts({ { "a", "b" }, { "c", "d", "e" } }):flatten({ "b", "c" }):to_table(), { 0, 1, 1, 0, 0 })
  local space = sees { "x", { "arm", { { "cell", n = 3 }, { "tips", size = 2 } } } }
  local value = { x = 0.5, arm = { cell = 2, tips = { -1, -2 } } }
  local flat = space:flatten(value)
  luaunit.assertEquals(flat:to_table(), { 0.5, 0, 0, 1, -1, -2 })
  luaunit.assertEquals(space:flatten({ 0.5, 2, -1, -2 }):to_table(), flat:to_table())
  luaunit.assertStrContains(tostring(space:flatten(value, "float32")), "float32 (6)")
  luaunit.assertEquals(space:unflatten(flat), value)
  luaunit.assertEquals(space:unflatten(space:flatten(value, "float32")), value)
  luaunit.assertEquals(acts({ "a", "b", "c" }):unflatten { -1, 2.5, 2.5 }, "b") -- scores: the first of the largest
  luaunit.assertEquals({ sees({}):flatten({}):shape() }, { 0 })
  refused("space:flatten: the action is 'd', which is none", acts({ "a", "b" }).flatten, acts { "a", "b" }, "d")
  refused("space:flatten: the action is 3; expected at most 2", acts({ low = 0 }).flatten, acts { low = 0, high = 2 }, 3)
  refused("a flat form is of floats, not int32", space.flatten, space, value, "int32")
  refused("space:unflatten: expected 6 floats, got float64 of shape (2)", space.unflatten, space, { 1, 2 })
end

function tests.test_samples_come_back_from_their_flat_form()
  local rng = lure.rng(3)
  for _, space in ipairs { acts { "a", "b", "c" }, acts { { "a", "b" }, { "c", "d" } }, acts { { low = 0 }, { high = 1 } },
                           sees { "x", { "arm", { { "cell", n = 5 }, { "tips", size = 2, n = 2 } } } }, sees(4) } do
    for _ = 1, 50 do
      local value = space:sample(rng)
      luaunit.assertEquals(space:unflatten(space:flatten(value)), value)
    end
  end
end

function tests.test_misuse()
  local space = acts { "a", "b" }
  refused("expected a space", space.kind, 1)
  refused("expected a rng", space.sample, space, 1)
  refused("value expected", space.contains, space)
  refused("has no 'shape'", function() return space.shape end)
end

-- memory that fails, at every request in turn, is an error that says so, and the next attempt is whole
function tests.test_memory_that_is_gone()
  local text = [[
local long = ("w"):rep(60)
return function()
  local acts = lure.action_space { { "a" .. long, "b" .. long }, { name = "gear" .. long, "c", "d" } }
  local sees = lure.observation_space { "x", { "pixels", size = 3 }, { "arm", { { "angle", low = 0 }, { "cell", n = 9 } } } }
  local rng = lure.rng(1)
  local action, seen = acts:sample(rng, { { "b" .. long }, { "c", "d" } }), sees:sample(rng)
  local fits, why = sees:contains { x = 1, pixels = 2 }
  return table.concat(acts:flatten(action):to_table(), " ") .. sees:unflatten(sees:flatten(seen)).arm.cell ..
         #sees:parts() .. tostring(fits) .. why
end]]
  local first, second, _, requests = lure_test.faults(text, 0, 0)
  luaunit.assertEquals(first[1], true, first[2])
  luaunit.assertStrContains(first[2], "'pixels' is 2; expected a list of 3 numbers")
  luaunit.assertEquals(second[2], first[2])
  for at = 1, requests do
    local a, b = lure_test.faults(text, at, 0)
    luaunit.assertEquals({ a[1], a[3] }, { false, "limit_memory" }, at)
    luaunit.assertEquals(b[2], first[2], at)
  end
end

return tests
