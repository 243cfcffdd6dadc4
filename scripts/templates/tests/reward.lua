-- Tests of the reward NAME: lure test NAME
local luaunit, testing = require("luaunit"), require("lure.testing")
local tests = {}

-- Each case is { s, action, terminated, before }: what the reward is called with. Write down what it must pay.
function tests.test_what_is_paid()
  local cases = {
    { { hunger = 0.9, portion = "large" }, "norm", true },
    { { hunger = 0.9, portion = "small" }, "squatch", true },
    { { hunger = 0.1, portion = "small" }, "squatch", true },
    { { hunger = 0.1, portion = "large" }, "norm", true },
  }
  luaunit.assertEquals(testing.rewards("NAME", cases), { 1, -1, 1, -1 })
end

function tests.test_options()
  local case = { { hunger = 0.9, portion = "large" }, "norm", true }
  luaunit.assertEquals(testing.rewards({ "NAME", right = 5 }, { case }), { 5 })
  testing.assert_refuses("reward", "NAME", { colour = 1 }, "colour")
end

-- In the world it is for, whatever is done there.
function tests.test_it_has_bounds()
  testing.assert_reward_bounded("NAME", "fry_shacks", -1, 1, { schedule = "uniform_hunger" })
end

function tests.test_same_seed_same_bits()
  testing.assert_repeatable("fry_shacks", { reward = "NAME", schedule = "uniform_hunger" })
end

-- What it is for: who does right is paid 1 a visit, who acts at random nothing on average.
function tests.test_it_pays_for_what_is_wanted()
  local o = { reward = "NAME", schedule = "uniform_hunger", episodes = 1000 }
  testing.assert_mean(testing.returns("fry_shacks", o), 0)
  o.act = function(s) return s.hunger > 0.5 and "norm" or "squatch" end
  luaunit.assertEquals(testing.mean(testing.returns("fry_shacks", o)), 1)
end

return tests
