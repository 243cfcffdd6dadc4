-- Tests of the environment NAME: lure test NAME
local luaunit, testing = require("luaunit"), require("lure.testing")
local tests = {}

-- Walks the given actions from a fresh start: one entry a step, the reset first.
local function walk(actions, options)
  options = options or {}
  options[1] = "NAME"
  return testing.world(options, { seed = 1 }):trace(actions)
end

function tests.test_it_starts_in_the_middle()
  luaunit.assertEquals(walk({})[1].observation, { 0 })
end

function tests.test_a_walk_to_the_prize()
  local steps = walk({ "right", "right", "right" })
  luaunit.assertTrue(steps[4].terminated)
  luaunit.assertAlmostEquals(steps[4].reward, 0.9, 1e-12)
  luaunit.assertAlmostEquals(steps[3].reward, -0.1, 1e-12)
end

function tests.test_an_option()
  luaunit.assertTrue(walk({ "left" }, { size = 1 })[2].terminated)
  testing.assert_refuses("environment", "NAME", { colour = 1 }, "colour")
end

-- Same seed, same bits; and an episode does not depend on those before it.
function tests.test_same_seed_same_bits() testing.assert_repeatable("NAME") end

function tests.test_the_reward_has_bounds() testing.assert_reward_bounded(nil, "NAME", -0.1, 0.9) end

-- Random actions: the walk is fair, so it ends at the prize as often as not. Four standard errors around the mean.
function tests.test_what_chance_is_worth()
  local returns, lengths = testing.returns("NAME", { episodes = 1000 })
  testing.assert_mean(lengths, 9) -- size squared
  testing.assert_mean(returns, 0.5 - 0.1 * 9)
end

function tests.test_it_can_be_shown()
  luaunit.assertStrContains(testing.load("environment", "NAME").render { place = 2 }, "at 2")
end

return tests
