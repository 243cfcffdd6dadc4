-- Fry street: what may be done where, what a quarter of an hour brings, and what a day is worth.
local episodes = require("episodes")
local luaunit = require("luaunit")

local tests = {}

-- A stream in which nothing comes by chance: it stays dry (or goes on raining) and nobody joins a queue.
local QUIET = { bernoulli = function(_, p) return p == 0.85 end, integer = function() return 0 end }

local function stand(input, options)
  local street, s = episodes.load("fry_street", options), {}
  street.reset(s, QUIET, input)
  return street, s
end

local function assert_state(s, expected)
  for name, value in pairs(expected) do luaunit.assertAlmostEquals(s[name], value, 1e-12) end
end

function tests.test_street_legal_actions()
  local function legal(input, change)
    local street, s = stand(input)
    for name, value in pairs(change or {}) do s[name] = value end
    return table.concat(street.legal(s), " ")
  end
  luaunit.assertEquals(legal {}, "east work rest")
  luaunit.assertEquals(legal({}, { raining = true }), "east rest")
  luaunit.assertEquals(legal { coins = 8 }, "east rest") -- the purse is full
  luaunit.assertEquals(legal { place = 3, coins = 8 }, "west east rest")
  luaunit.assertEquals(legal { place = 5, coins = 2, hour = 9.75 }, "west east rest") -- closed
  luaunit.assertEquals(legal { place = 5, coins = 2, hour = 10 }, "west east buy rest")
  luaunit.assertEquals(legal { place = 5, coins = 1, hour = 10 }, "west east rest") -- too poor
  luaunit.assertEquals(legal { place = 6, coins = 4, hour = 12 }, "west buy rest")
  luaunit.assertEquals(legal { place = 6, coins = 3, hour = 12 }, "west rest")
  luaunit.assertEquals(legal { place = 6, coins = 4, hour = 20 }, "west rest") -- closed again
end

function tests.test_street_what_is_not_legal_is_a_rest()
  local street, s = stand { place = 6, coins = 3, hour = 12, hunger = 0.5 }
  for _, action in ipairs { "east", "work", "buy", "rest" } do street.step(s, action, QUIET) end
  assert_state(s, { place = 6, coins = 3, hour = 13, hunger = 0.62 })
end

function tests.test_street_walking_and_working()
  local street, s = stand { hunger = 0.2 }
  for _, action in ipairs { "work", "work", "east", "east", "west" } do
    luaunit.assertFalse(street.step(s, action, QUIET))
  end
  assert_state(s, { place = 1, coins = 2, hour = 9.25, hunger = 0.35 })
end

-- Two stand before us: three quarters of an hour, two of them before we eat. A portion beyond our hunger is wasted.
function tests.test_street_buying()
  local street, s = stand { place = 5, coins = 3, hour = 15, hunger = 0.5 }
  s.squatch.queue = 2
  luaunit.assertFalse(street.step(s, "buy", QUIET))
  assert_state(s, { coins = 1, hour = 15.75, hunger = 0.5 + 3 * 0.03 - 0.3, stilled = 0.3, spent = 2 })
  local suffered = 0.25 * (0.5 + 0.53 + 0.26)
  luaunit.assertAlmostEquals(s.suffered, suffered, 1e-12)
  local reward, terms = street.reward(s)
  luaunit.assertAlmostEquals(reward, 0.3 - suffered, 1e-12)
  luaunit.assertAlmostEquals(terms.fries, 0.3, 1e-12)
  luaunit.assertAlmostEquals(terms.hunger, -suffered, 1e-12)
  luaunit.assertEquals(terms.fainted, 0)
  street, s = stand { place = 6, coins = 4, hour = 15, hunger = 0.5 }
  street.step(s, "buy", QUIET)
  assert_state(s, { coins = 0, hour = 15.25, hunger = 0.03, stilled = 0.5, spent = 4 })
end

function tests.test_street_the_day_ends()
  local street, s = stand { place = 5, coins = 2, hour = 21.75, hunger = 0.5 }
  luaunit.assertTrue(street.step(s, "rest", QUIET))
  luaunit.assertEquals({ s.ended, s.hour, s.squatch.open }, { "closed", 22, false })
  street, s = stand { place = 5, coins = 2, hour = 21.5, hunger = 0.5 }
  s.squatch.queue = 4 -- too long: it closes while we stand there, and the coins are still ours
  luaunit.assertTrue(street.step(s, "buy", QUIET))
  assert_state(s, { coins = 2, hour = 22, hunger = 0.56, stilled = 0, spent = 0 })
  luaunit.assertEquals(s.ended, "closed")
end

function tests.test_street_fainting()
  local street, s = stand { hunger = 0.98, hour = 12 }
  luaunit.assertTrue(street.step(s, "rest", QUIET))
  local reward, terms = street.reward(s)
  luaunit.assertEquals({ s.ended, s.hunger, terms.fainted }, { "fainted", 1, -10 })
  luaunit.assertAlmostEquals(reward, -10 - 0.25 * 0.98, 1e-12)
end

-- A queue is served one in a quarter, and nobody joins it in the rain; a closed shack has none.
function tests.test_street_queues()
  local street, rng = episodes.load("fry_street", { rain = 0, appetite = 0 }), lure_test.rng(96)
  local sums, n = {}, 400
  for _ = 1, n do
    local s = {}
    street.reset(s, rng, {})
    s.raining = false
    while not street.step(s, "rest", rng) do
      if s.hour < 12 or s.hour >= 20 then luaunit.assertEquals(s.norm.queue, 0) end
      sums[s.hour] = (sums[s.hour] or 0) + s.squatch.queue
    end
  end
  luaunit.assertTrue(sums[13.75] / n > 1.5) -- the rush
  luaunit.assertTrue(sums[17.75] / n < 0.75)
  local s
  street, s = stand { hour = 13 }
  s.raining, s.norm.queue = true, 3
  for left = 2, 0, -1 do
    street.step(s, "rest", { bernoulli = function() return true end })
    luaunit.assertEquals(s.norm.queue, left)
  end
end

function tests.test_street_stays_within_its_bounds()
  local street, rng = episodes.load("fry_street"), lure_test.rng(97)
  luaunit.assertEquals(#street.observation, 7)
  for _ = 1, 200 do
    local s, terminated = {}, false
    street.reset(s, rng, { coins = rng:integer(0, 20), hunger = rng:uniform() })
    while not terminated do
      terminated = street.step(s, rng:choice(street.legal(s)), rng)
      for _, it in ipairs { { s.place, 6 }, { s.hour - 8, 14 }, { s.hunger, 1 }, { s.coins, 8 }, { s.norm.queue, 4 } } do
        luaunit.assertTrue(it[1] >= 0 and it[1] <= it[2])
      end
    end
  end
end

-- The rule of the world's head: earn four coins, eat at Norm's when it will be open, else at Squatch's.
local function sensible(s, rng, street)
  local legal = {}
  for _, word in ipairs(street.legal(s)) do legal[word] = true end
  local norm = s.coins >= 4 and s.hour > 11 and s.hour < 19.5
  if legal.buy and (s.place == 6 and s.hunger >= 0.5 or s.place == 5 and not norm and s.hunger >= 0.2) then
    return "buy"
  end
  local earning = s.coins < 2 or s.place == 0 and s.coins < 4 and s.hour < 20
  local place = earning and 0 or norm and 6 or 5
  if s.place ~= place then return s.place < place and "east" or "west" end
  return legal.work and "work" or "rest"
end

local function assert_day(policy, expected)
  local got, margin = episodes.mean_return(episodes.load("fry_street"), 400, 98, policy)
  luaunit.assertAlmostEquals(got, expected, 4 * margin + 0.05)
end

function tests.test_street_what_a_day_is_worth()
  assert_day(sensible, -3.0)
  assert_day(function() return "rest" end, -14)
  assert_day(function(s, rng, street) return rng:choice(street.legal(s)) end, -14)
end

function tests.test_street_is_drawn()
  local street, s = stand { hour = 12.75, place = 3, coins = 2, hunger = 0.5 }
  s.squatch.queue = 2
  luaunit.assertEquals(street.render(s), "12:45 dry, hunger 0.50 #####     , coins 2\nW . . @ . Soo N")
  s.place, s.norm.open, s.raining = 5, false, true
  luaunit.assertEquals(street.render(s), "12:45 rain, hunger 0.50 #####     , coins 2\nW . . . . @Soo n")
end

return tests
