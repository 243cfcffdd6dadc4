-- The shipped schedules, called as the host would: once before each episode.
local luaunit = require("luaunit")

local tests = {}

-- The hungers of n episodes at one progress.
local function hungers(name, options, n, seed, progress)
  local schedule, rng, list = lure_test.load("schedule", name, options), lure_test.rng(seed), {}
  for episode = 1, n do list[episode] = schedule(rng, episode, progress or episode / n).hunger end
  return list
end

local function range(list)
  local least, most, sum = math.huge, -math.huge, 0
  for _, x in ipairs(list) do least, most, sum = math.min(least, x), math.max(most, x), sum + x end
  return least, most, sum / #list
end

function tests.test_uniform_hunger_fills_its_range()
  local least, most, mean = range(hungers("uniform_hunger", nil, 10000, 1))
  luaunit.assertTrue(least >= 0 and least < 0.01)
  luaunit.assertTrue(most < 1 and most > 0.99)
  luaunit.assertAlmostEquals(mean, 0.5, 0.012) -- four standard errors
  least, most, mean = range(hungers("uniform_hunger", { low = 0.25, high = 0.5 }, 10000, 2))
  luaunit.assertTrue(least >= 0.25 and most < 0.5)
  luaunit.assertAlmostEquals(mean, 0.375, 0.003)
end

function tests.test_constant_hunger()
  luaunit.assertEquals(hungers("constant_hunger", nil, 3, 1), { 0, 0, 0 })
  luaunit.assertEquals(hungers("constant_hunger", { hunger = 0.75 }, 2, 1), { 0.75, 0.75 })
end

function tests.test_alternating_hunger()
  luaunit.assertEquals(hungers("alternating_hunger", nil, 5, 1), { 0, 1, 0, 1, 0 })
  luaunit.assertEquals(hungers("alternating_hunger", { first = 0.9, second = 0.1 }, 3, 1), { 0.9, 0.1, 0.9 })
end

function tests.test_listed_hunger_starts_again()
  luaunit.assertEquals(hungers("listed_hunger", { hungers = { 0.1, 0.9, 0.4 } }, 7, 1),
    { 0.1, 0.9, 0.4, 0.1, 0.9, 0.4, 0.1 })
  luaunit.assertStrContains(lure_test.load_error("schedule", "listed_hunger", { hungers = {} }), "at least one")
end

-- At each progress all hungers lie in the two bands that the file promises, and the bands are filled.
function tests.test_narrowing_hunger_keeps_to_its_bands()
  for _, case in ipairs { { 1e-9, 0.8, 1.0 }, { 0.5, 0.4, 0.6 }, { 1.0, 0.0, 0.2 } } do
    local progress, near, far = case[1], case[2], case[3] -- shares of a side
    local shares, hungry = {}, 0
    for i, hunger in ipairs(hungers("narrowing_hunger", nil, 4000, 3, progress)) do
      shares[i] = math.abs(hunger - 0.5) / 0.5
      if hunger > 0.5 then hungry = hungry + 1 end
    end
    local least, most, mean = range(shares)
    luaunit.assertTrue(least >= near - 1e-6 and least < near + 0.002)
    luaunit.assertTrue(most <= far + 1e-6 and most > far - 0.002)
    luaunit.assertAlmostEquals(mean, (near + far) / 2, 0.004)
    luaunit.assertAlmostEquals(hungry / 4000, 0.5, 0.032)
  end
end

function tests.test_narrowing_hunger_stays_in_range_for_any_middle()
  for _, middle in ipairs { 0, 0.3, 1 } do
    local least, most = range(hungers("narrowing_hunger", { middle = middle, width = 1 }, 4000, 4))
    luaunit.assertTrue(least >= 0 and most <= 1)
  end
end

function tests.test_narrowing_hunger_comes_closer_and_stays()
  local list = hungers("narrowing_hunger", { width = 0.1, done = 0.5 }, 10000, 5)
  local before = math.huge
  for part = 0, 4 do -- the first half narrows ...
    local sum = 0
    for i = part * 1000 + 1, part * 1000 + 1000 do sum = sum + math.abs(list[i] - 0.5) end
    luaunit.assertTrue(sum < before)
    before = sum
  end
  for i = 5000, 10000 do luaunit.assertTrue(math.abs(list[i] - 0.5) <= 0.05 + 1e-9) end -- ... and then it is done
end

function tests.test_narrowing_hunger_refuses_bad_widths()
  luaunit.assertStrContains(lure_test.load_error("schedule", "narrowing_hunger", { width = 0 }), "width")
  luaunit.assertStrContains(lure_test.load_error("schedule", "narrowing_hunger", { done = 1.5 }), "done")
end

-- What is drawn lies between the easiest day and the hardest so far, and reaches both.
function tests.test_shrinking_purse_goes_back_to_the_morning()
  local schedule, rng = lure_test.load("schedule", "shrinking_purse"), lure_test.rng(6)
  local function hardest(progress)
    local least, most = { coins = 99, place = 99, hour = 99 }, { coins = 0, place = 0, hour = 0 }
    for episode = 1, 500 do
      local input = schedule(rng, episode, progress)
      luaunit.assertTrue(input.hunger >= 0.1 and input.hunger < 0.4)
      for name in pairs(least) do
        least[name], most[name] = math.min(least[name], input[name]), math.max(most[name], input[name])
      end
    end
    luaunit.assertEquals(most, { coins = 8, place = 6, hour = 12 })
    return { least.coins, least.place, least.hour }
  end
  luaunit.assertEquals(hardest(0), { 8, 6, 12 })
  luaunit.assertEquals(hardest(0.35), { 4, 3, 10 })
  luaunit.assertEquals(hardest(0.7), { 0, 0, 8 })
  luaunit.assertEquals(hardest(1), { 0, 0, 8 })
  luaunit.assertStrContains(lure_test.load_error("schedule", "shrinking_purse", { done = 0 }), "done")
end

function tests.test_unknown_options_are_refused()
  for _, name in ipairs { "alternating_hunger", "constant_hunger", "listed_hunger", "narrowing_hunger",
                          "shrinking_purse", "uniform_hunger" } do
    luaunit.assertStrContains(lure_test.load_error("schedule", name, { colour = 1 }) or "accepted", "colour")
  end
end

return tests
