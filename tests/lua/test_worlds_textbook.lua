-- The small worlds of which everything is known: short corridor and random walk (Sutton & Barto 2018, examples 13.1 and
-- 6.2), the scalar linear-quadratic system. Expected numbers are those of the closed forms beside them.
local episodes = require("episodes")
local luaunit = require("luaunit")

local tests = {}

-- ---- short corridor ----

-- The worth of place 1 when every step goes right with probability p: by sweeps over the world's own steps.
local function corridor_worth(p)
  local corridor, worth = episodes.load("short_corridor"), { 0, 0, 0, 0 }
  for _ = 1, 5000 do
    for place = 1, 3 do
      local sum = 0
      for action, chance in pairs { right = p, left = 1 - p } do
        local s = {}
        corridor.reset(s, nil, { state = place })
        local terminated = corridor.step(s, action)
        luaunit.assertEquals(terminated, s.place == 4)
        sum = sum + chance * (corridor.reward(s) + worth[s.place])
      end
      worth[place] = sum
    end
  end
  return worth[1]
end

-- v(p) = (2p - 4) / (p (1 - p)), most at p = 2 - sqrt(2).
function tests.test_corridor_worth()
  luaunit.assertAlmostEquals(corridor_worth(2 - math.sqrt(2)), -11.65685, 5e-6)
  luaunit.assertAlmostEquals(corridor_worth(0.5), -12, 1e-9)
  luaunit.assertAlmostEquals(corridor_worth(0.95), -44.21, 0.005)
  luaunit.assertAlmostEquals(corridor_worth(0.05), -82.11, 0.005)
end

function tests.test_corridor_episodes()
  local corridor = episodes.load("short_corridor")
  local got, margin = episodes.mean_return(corridor, 5000, 81, function(_, rng)
    return rng:bernoulli(2 - math.sqrt(2)) and "right" or "left"
  end)
  luaunit.assertAlmostEquals(got, -11.65685, 4 * margin)
  luaunit.assertEquals(episodes.mean_return(corridor, 1, 82, function() return "left" end), -1000) -- truncated
end

function tests.test_corridor_switches_in_place_2()
  local corridor = episodes.load("short_corridor")
  local function from(place, action)
    local s = { place = place }
    corridor.step(s, action)
    return s.place
  end
  luaunit.assertEquals({ from(1, "left"), from(2, "left"), from(3, "left") }, { 1, 3, 2 })
  luaunit.assertEquals({ from(1, "right"), from(2, "right"), from(3, "right") }, { 2, 1, 4 })
  luaunit.assertEquals(corridor.observation, {})
end

-- ---- random walk ----

-- Worths of the places under a policy of even chances, by sweeps over the world's own steps.
local function walk_worths(options, discount)
  local walk = episodes.load("random_walk", options)
  local n, worths = walk.observation[1].n - 2, {}
  for place = 0, n + 1 do worths[place] = 0 end
  for _ = 1, 2000 do
    for place = 1, n do
      local sum = 0
      for _, action in ipairs(walk.actions) do
        for _, luck in ipairs { 0.25, 0.75 } do
          local s, reward = episodes.outcome(walk, { place = place }, action, luck)
          sum = sum + (reward + discount * worths[s.place]) / 4
        end
      end
      worths[place] = sum
    end
  end
  return worths
end

function tests.test_walk_worths()
  local worths = walk_worths(nil, 1)
  for place = 1, 5 do luaunit.assertAlmostEquals(worths[place], place / 6, 1e-12) end
  worths = walk_worths({ states = 19, left = -1 }, 1)
  for place = 1, 19 do luaunit.assertAlmostEquals(worths[place], place / 10 - 1, 1e-9) end
end

-- Who decides the way with even chances walks the same walk. Discounted, place i of n is worth
-- (y^i - z^i) / (y^(n + 1) - z^(n + 1)) / discount, y and z the roots of v = discount (v^2 + 1) / 2: leaving is not discounted.
function tests.test_walk_worths_discounted_and_under_control()
  local root = math.sqrt(1 - 0.9 ^ 2)
  local y, z = (1 + root) / 0.9, (1 - root) / 0.9
  for _, control in ipairs { 0, 1 } do
    local worths = walk_worths({ control = control }, 0.9)
    for place = 1, 5 do
      luaunit.assertAlmostEquals(worths[place], (y ^ place - z ^ place) / (y ^ 6 - z ^ 6) / 0.9, 1e-12)
    end
  end
end

-- TD(0) with a step that falls: the same values, learnt from episodes.
function tests.test_walk_learnt_by_temporal_differences()
  local walk, rng, values = episodes.load("random_walk"), lure_test.rng(83), {}
  for place = 1, 5 do values[place] = 0.5 end
  for episode = 1, 20000 do
    local s, terminated = {}, false
    walk.reset(s, rng, {})
    while not terminated do
      local place = s.place
      terminated = walk.step(s, "left", rng)
      local target = walk.reward(s) + (terminated and 0 or values[s.place])
      values[place] = values[place] + 0.1 / (1 + episode / 100) * (target - values[place])
    end
  end
  for place = 1, 5 do luaunit.assertAlmostEquals(values[place], place / 6, 0.02) end
end

function tests.test_walk_begins_and_ends()
  local walk, s = episodes.load("random_walk"), {}
  walk.reset(s, nil, {})
  luaunit.assertEquals(s.place, 3)
  walk.reset(s, nil, { state = { 5 } })
  luaunit.assertTrue(walk.step(s, "left", episodes.fixed(0.5))) -- the action makes no difference
  luaunit.assertEquals({ s.place, walk.reward(s), walk.render(s) }, { 6, 1, "|.....@" })
  walk.reset(s, nil, { state = 1 })
  luaunit.assertTrue(walk.step(s, "right", episodes.fixed(0.49)))
  luaunit.assertEquals({ s.place, walk.reward(s), walk.render(s) }, { 0, 0, "@.....|" })
  luaunit.assertNil(walk.max_steps)
end

function tests.test_walk_under_half_control()
  local walk, rng, right, n = episodes.load("random_walk", { control = 0.5 }), lure_test.rng(84), 0, 10000
  for _ = 1, n do
    local s = { place = 3 }
    walk.step(s, "right", rng)
    right = right + (s.place == 4 and 1 or 0)
  end
  luaunit.assertAlmostEquals(right / n, 0.75, 4 * math.sqrt(0.75 * 0.25 / n))
end

function tests.test_walk_refuses_bad_options()
  luaunit.assertStrContains(lure_test.load_error("environment", "random_walk", { states = 0 }), "states")
  luaunit.assertStrContains(lure_test.load_error("environment", "random_walk", { control = 2 }), "control")
end

-- ---- linear-quadratic system ----

-- What push = -k x costs from x = 1, discounted: J(k) = (q + r k^2) / (1 - discount (a - b k)^2).
local function cost(k, discount, options)
  local system, s, sum, weight = episodes.load("linear_quadratic", options), {}, 0, 1
  system.reset(s, nil, { state = { 1 } })
  for _ = 1, 400 do
    luaunit.assertFalse(system.step(s, -k * s.x))
    sum, weight = sum - weight * system.reward(s), weight * discount
  end
  return sum
end

function tests.test_linear_quadratic_costs()
  luaunit.assertAlmostEquals(cost(0.618034, 1), 1.618034, 5e-7)
  luaunit.assertAlmostEquals(cost(0.588403, 0.9), 1.588403, 5e-7)
  luaunit.assertAlmostEquals(cost(0.3, 0.9), 1.949911, 5e-7)
  local a, b, q, r, k = 0.8, 0.5, 2, 3, 0.2
  luaunit.assertAlmostEquals(cost(k, 1, { a = a, b = b, q = q, r = r }), (q + r * k ^ 2) / (1 - (a - b * k) ^ 2), 1e-12)
end

function tests.test_linear_quadratic_gradient()
  local h = 1e-5
  luaunit.assertAlmostEquals((cost(0.3 + h, 0.9) - cost(0.3 - h, 0.9)) / (2 * h), -3.321802, 1e-6)
  luaunit.assertAlmostEquals((cost(0.588403 + h, 0.9) - cost(0.588403 - h, 0.9)) / (2 * h), 0, 1e-5)
  luaunit.assertAlmostEquals((cost(0.618034 + h, 1) - cost(0.618034 - h, 1)) / (2 * h), 0, 1e-5)
end

function tests.test_linear_quadratic_reward_and_its_terms()
  local system, s = episodes.load("linear_quadratic", { q = 2, r = 3, start = -2 }), {}
  system.reset(s, nil, {})
  system.step(s, 0.5)
  local reward, terms = system.reward(s)
  luaunit.assertEquals({ s.x, reward, terms }, { -1.5, -8.75, { state = -8, push = -0.75 } })
  luaunit.assertEquals(system.actions, { name = "push", low = -10, high = 10 })
end

-- Noise makes a state that stays: without a push its variance grows by noise^2 a step.
function tests.test_linear_quadratic_noise_and_spread()
  local system = episodes.load("linear_quadratic", { noise = 0.5, start = 1, spread = 2 })
  local rng, sum, squares, least, most, n = lure_test.rng(85), 0, 0, 1, 1, 4000
  for _ = 1, n do
    local s = {}
    system.reset(s, rng, {})
    local start = s.x
    least, most = math.min(least, start), math.max(most, start)
    for _ = 1, 4 do system.step(s, 0, rng) end
    sum, squares = sum + s.x - start, squares + (s.x - start) ^ 2
  end
  luaunit.assertAlmostEquals(sum / n, 0, 4 / math.sqrt(n))
  luaunit.assertAlmostEquals(squares / n, 1, 4 * math.sqrt(2 / n))
  luaunit.assertTrue(least >= -1 and least < -0.99 and most < 3 and most > 2.99)
end

return tests
