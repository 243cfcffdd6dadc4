-- The diagnostic worlds: what the best policy makes is the score that each promises, what random actions make too.
local episodes = require("episodes")
local luaunit = require("luaunit")

local tests = {}

-- Mean return of `n` episodes is `expected`, within four standard errors; exactly where all episodes are alike.
local function assert_score(name, options, policy, expected, n)
  local got, margin = episodes.mean_return(episodes.load(name, options), n or 2000, 91, policy)
  luaunit.assertAlmostEquals(got, expected, 4 * margin + 1e-12)
end

local function always(action)
  return function() return action end
end

-- The worth of a policy that takes the second of two actions with probability p, over all sequences of actions.
local function worth_of_mixing(name, options, p)
  local world, worth = episodes.load(name, options), 0
  for sequence = 0, (1 << world.max_steps) - 1 do
    local s, chance = {}, 1
    world.reset(s)
    for i = 0, world.max_steps - 1 do
      local second = sequence >> i & 1
      chance = chance * (second == 1 and p or 1 - p)
      local action = world.actions[second + 1]
      local terminated = world.step(s, action)
      luaunit.assertEquals(terminated, i == world.max_steps - 1)
      worth = worth + chance * world.reward(s, action, terminated)
    end
  end
  return worth
end

-- ---- identity ----

function tests.test_identity()
  local function say(s) return "say" .. s.symbol end
  assert_score("identity", nil, say, 10, 100)
  assert_score("identity", nil, episodes.random, 10 / 4)
  assert_score("identity", { symbols = 2, length = 6 }, always("say0"), 3)
  assert_score("identity", nil, function(s) return "say" .. (s.shown or 0) end, 10 / 4) -- one step late
end

function tests.test_identity_shows_all_symbols_evenly()
  local identity, rng, s, counts = episodes.load("identity", { symbols = 3 }), lure_test.rng(92), {}, { [0] = 0, 0, 0 }
  identity.reset(s, rng)
  for _ = 1, 9000 do
    counts[s.symbol] = counts[s.symbol] + 1
    identity.step(s, "say0", rng)
  end
  for symbol = 0, 2 do luaunit.assertAlmostEquals(counts[symbol], 3000, 4 * math.sqrt(9000 * 2 / 9)) end
  luaunit.assertEquals(identity.observation, { { "symbol", n = 3 } })
end

-- ---- noisy_bandit ----

function tests.test_noisy_bandit()
  assert_score("noisy_bandit", nil, always("arm4"), 1, 4000)
  assert_score("noisy_bandit", nil, episodes.random, 1 / 4, 4000)
  assert_score("noisy_bandit", nil, always("arm1"), 0, 4000)
  assert_score("noisy_bandit", { arms = 2, gap = 3, noise = 0 }, always("arm2"), 3, 10)
end

-- ---- memory ----

-- Says what was seen `lag` steps before: length + delay is the right one.
local function remembering(lag)
  return function(s)
    s.cues = s.cues or {} -- the test's own note of what was seen
    s.cues[#s.cues + 1] = s.cue
    local cue = s.cues[#s.cues - lag]
    return "say" .. math.max(1, cue or 1)
  end
end

function tests.test_memory()
  assert_score("memory", nil, remembering(3), 1, 200)
  assert_score("memory", { length = 3, delay = 0, symbols = 5 }, remembering(3), 1, 200)
  assert_score("memory", { length = 1, delay = 4 }, remembering(5), 1, 200)
  assert_score("memory", nil, episodes.random, 1 / 2)
  assert_score("memory", { symbols = 5 }, always("say2"), 1 / 5)
  assert_score("memory", nil, remembering(2), 1 / 4 + 1 / 4) -- one too late: the second, then nothing, which says 1
end

function tests.test_memory_shows_waits_and_asks()
  local memory, s, seen = episodes.load("memory"), {}, {}
  memory.reset(s, lure_test.rng(93))
  s.sequence = { 2, 1 }
  for step = 1, memory.max_steps do
    luaunit.assertEquals(memory.step(s, "say2", lure_test.rng(93)), step == memory.max_steps)
    seen[step] = { s.cue, s.recall, memory.reward(s) }
  end
  luaunit.assertEquals(seen, { { 1, false, 0 }, { 0, false, 0 }, { 0, true, 0 }, { 0, true, 0.5 }, { 0, true, 0 } })
end

-- ---- password ----

function tests.test_password()
  local letters = { "one", "zero", "one", "one", "zero" }
  assert_score("password", nil, function(s) return letters[s.count + 1] end, 1, 10)
  luaunit.assertAlmostEquals(worth_of_mixing("password", nil, 0.5), 1 / 32, 1e-12)
  luaunit.assertAlmostEquals(worth_of_mixing("password", { password = "1110" }, 0.75), 0.75 ^ 3 * 0.25, 1e-12)
end

function tests.test_password_shows_what_was_typed()
  local password, s = episodes.load("password", { password = "101" }), {}
  password.reset(s)
  luaunit.assertEquals(s.typed, { 0, 0, 0 })
  password.step(s, "one")
  password.step(s, "one") -- wrong, and nothing says so
  luaunit.assertEquals({ s.typed, password.reward(s, "one", false), password.render(s) }, { { 1, 1, 0 }, 0, "11_" })
  luaunit.assertTrue(password.step(s, "one"))
  luaunit.assertEquals({ s.typed, password.reward(s, "one", true), password.render(s) }, { { 1, 1, 1 }, 0, "111 wrong" })
  luaunit.assertStrContains(lure_test.load_error("environment", "password", { password = "102" }), "102")
end

-- ---- stochastic ----

-- C(4, 3) p^3 (1 - p), most at p = 3/4; and C(5, 2) p^2 (1 - p)^3 at 2/5.
function tests.test_stochastic()
  local function worth(p, options) return worth_of_mixing("stochastic", options, p) end
  luaunit.assertAlmostEquals(worth(3 / 4), 0.421875, 1e-12)
  luaunit.assertAlmostEquals(worth(1 / 2), 1 / 4, 1e-12)
  luaunit.assertEquals({ worth(0), worth(1) }, { 0, 0 })
  luaunit.assertTrue(worth(0.74) < worth(0.75) and worth(0.76) < worth(0.75))
  local five = { rights = 2, of = 5 }
  luaunit.assertAlmostEquals(worth(0.4, five), 10 * 0.4 ^ 2 * 0.6 ^ 3, 1e-12)
  luaunit.assertTrue(worth(0.39, five) < worth(0.4, five) and worth(0.41, five) < worth(0.4, five))
  luaunit.assertStrContains(lure_test.load_error("environment", "stochastic", { rights = 4 }), "rights")
end

-- ---- target ----

-- -0.265 by adding up, over all marks and all walks, what each walk makes.
function tests.test_target()
  assert_score("target", nil, function(s)
    if s.across ~= 0 then return s.across > 0 and "right" or "left" end
    return s.above > 0 and "up" or "down"
  end, 1, 300)
  assert_score("target", nil, episodes.random, -0.26498, 10000)
end

function tests.test_target_sees_where_the_mark_lies()
  local target, rng, s = episodes.load("target", { size = 2 }), lure_test.rng(94), {}
  local seen = {}
  for _ = 1, 500 do
    target.reset(s, rng)
    seen[s.across * 4 .. " " .. s.above * 4] = true
  end
  local n = 0
  for _ in pairs(seen) do n = n + 1 end
  luaunit.assertEquals({ n, seen["0.0 0.0"] }, { 24, nil }) -- all cells but our own
  s = { x = 1, y = 0, mark_x = -2, mark_y = 2, distance = 5, first_distance = 4 }
  luaunit.assertFalse(target.step(s, "right"))
  luaunit.assertEquals({ s.across, s.above, target.reward(s) }, { -1, 0.5, -0.25 })
  luaunit.assertFalse(target.step(s, "right")) -- the edge
  luaunit.assertEquals({ s.across, s.above, target.reward(s) }, { -1, 0.5, 0 })
  luaunit.assertEquals(target.render(s), "x....\n.....\n....@\n.....\n.....")
end

-- ---- performance ----

function tests.test_performance()
  assert_score("performance", nil, episodes.random, 100, 5)
  assert_score("performance", { length = 7, work = 3 }, always("wait"), 7, 5)
  local performance, s = episodes.load("performance", { inputs = 3, work = 1000 }), {}
  performance.reset(s)
  luaunit.assertEquals(performance.step(s), false)
  luaunit.assertEquals(s.seen, { 0, 0, 0 })
  luaunit.assertAlmostEquals(s.product, 2, 1e-12) -- the work is done: x / 2 + 1 settles at 2
end

return tests
