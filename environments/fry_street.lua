-- Fry street: a day between the car wash at one end, where coins are earned, and the two fry shacks at the other.
-- Squatch's orders are small, Norm's are large; both cost coins, close, and have queues, and hunger rises by the hour.
--
-- | action     | a quarter of an hour of            | legal                                      |
-- |------------|------------------------------------|--------------------------------------------|
-- | west, east | walking one place                  | not beyond the ends of the street          |
-- | work       | washing a car, for one coin        | at the wash, dry, while the purse has room |
-- | buy        | standing in the queue, then eating | at an open shack whose price we have       |
-- | rest       | nothing                            | always                                     |
--
-- | observation               | range      | how it goes                                                           |
-- |---------------------------|------------|-----------------------------------------------------------------------|
-- | place                     | 0 .. 6     | 0 the car wash, 5 Squatch, 6 Norm                                     |
-- | hour                      | 8 .. 22    | a quarter a step; who buys waits another for each in the queue        |
-- | hunger                    | 0 .. 1     | from 0.2, 0.12 an hour; a small portion stills 0.3, a large one 0.8   |
-- | coins                     | 0 .. purse | from none; a small portion costs 2, a large one 4                     |
-- | raining                   | 0, 1       | when it rains nobody has a car washed and nobody joins a queue        |
-- | squatch.open, norm.open   | 0, 1       | 10:00 to 22:00 and 12:00 to 20:00                                     |
-- | squatch.queue, norm.queue | 0 .. 4     | how many stand there; they are long from 12 to 14 and from 18 to 20   |
--
-- An action that is not legal is a rest. End: at 22:00, or at hunger 1, when we faint. Default reward, by its terms:
-- `fries` the hunger stilled, `hunger` minus hunger times hours, `fainted` -faint. Input: place, hour, hunger, coins.
-- Random legal actions and resting all day: -14. Earning four coins, then eating at Norm's or else Squatch's: -3.0.
local o = options(..., { appetite = 0.12, purse = 8, faint = 10, rain = 0.04 })
local WASH, LENGTH, MORNING, NIGHT, QUARTER, MOST_WAITING = 0, 6, 8, 22, 0.25, 4
local SHACKS = {
  squatch = { place = 5, opens = 10, closes = 22, price = 2, portion = 0.3, mark = "S" },
  norm = { place = 6, opens = 12, closes = 20, price = 4, portion = 0.8, mark = "N" },
}
local NAMES = { "squatch", "norm" } -- in the order of their places
local shack = { "open", { "queue", low = 0, high = MOST_WAITING } }

local street = {
  actions = { "west", "east", "work", "buy", "rest" },
  observation = {
    { "place", n = LENGTH + 1 }, { "hour", low = MORNING, high = NIGHT }, { "hunger", low = 0, high = 1 },
    { "coins", low = 0, high = o.purse }, "raining", { "squatch", shack }, { "norm", shack },
  },
}

local function look_at_the_clock(s)
  for _, name in ipairs(NAMES) do
    s[name].open = s.hour >= SHACKS[name].opens and s.hour < SHACKS[name].closes
    if not s[name].open then s[name].queue = 0 end
  end
end

function street.reset(s, rng, input)
  s.place, s.hour, s.coins = input.place or WASH, input.hour or MORNING, math.min(o.purse, input.coins or 0)
  s.hunger, s.raining = input.hunger or 0.2, rng:bernoulli(0.2)
  s.squatch, s.norm = { queue = 0 }, { queue = 0 }
  s.stilled, s.spent, s.suffered, s.ended = 0, 0, 0, "no" -- what the last step brought
  look_at_the_clock(s)
end

-- The shack we stand at, if there is one: its name.
local function shack_here(s)
  for _, name in ipairs(NAMES) do
    if SHACKS[name].place == s.place then return name end
  end
end

local can = {
  west = function(s) return s.place > 0 end,
  east = function(s) return s.place < LENGTH end,
  work = function(s) return s.place == WASH and not s.raining and s.coins < o.purse end,
  buy = function(s)
    local name = shack_here(s)
    return name ~= nil and s[name].open and s.coins >= SHACKS[name].price
  end,
  rest = function() return true end,
}

function street.legal(s)
  local words = {}
  for _, word in ipairs(street.actions) do
    if can[word](s) then words[#words + 1] = word end
  end
  return words
end

-- A quarter of an hour goes by, unless the day has ended.
local function wait(s, rng)
  if s.ended ~= "no" then return end
  s.suffered = s.suffered + QUARTER * s.hunger
  s.hour, s.hunger = s.hour + QUARTER, math.min(1, s.hunger + QUARTER * o.appetite)
  s.ended = s.hunger >= 1 and "fainted" or s.hour >= NIGHT and "closed" or "no"
  s.raining = rng:bernoulli(s.raining and 0.85 or o.rain)
  local rush = s.hour >= 12 and s.hour < 14 or s.hour >= 18 and s.hour < 20
  for _, name in ipairs(NAMES) do -- one is served, others come
    local come = s.raining and 0 or rush and rng:integer(0, 3) or rng:integer(0, 1)
    s[name].queue = math.max(0, math.min(MOST_WAITING, s[name].queue - 1 + come))
  end
  look_at_the_clock(s)
end

local act = {
  west = function(s) s.place = s.place - 1 end,
  east = function(s) s.place = s.place + 1 end,
  work = function(s) s.coins = s.coins + 1 end,
  buy = function(s, rng)
    local name = shack_here(s)
    for _ = 1, s[name].queue do wait(s, rng) end
    if s.ended ~= "no" then return end -- it was too long
    s.spent = SHACKS[name].price
    s.stilled = math.min(s.hunger, SHACKS[name].portion) -- fries beyond our hunger are wasted
    s.coins, s.hunger = s.coins - s.spent, s.hunger - s.stilled
  end,
  rest = function() end,
}

function street.step(s, action, rng)
  s.stilled, s.spent, s.suffered = 0, 0, 0
  act[can[action](s) and action or "rest"](s, rng)
  wait(s, rng)
  return s.ended ~= "no"
end

function street.reward(s)
  local fainted = s.ended == "fainted" and -o.faint or 0
  return s.stilled - s.suffered + fainted, { fries = s.stilled, hunger = -s.suffered, fainted = fainted }
end

-- The street from above: a closed shack in small letters, behind an open one who waits there.
function street.render(s)
  local places = {}
  for place = 0, LENGTH do places[place] = place == WASH and "W" or "." end
  for name, it in pairs(SHACKS) do
    places[it.place] = (s[name].open and it.mark or it.mark:lower()) .. ("o"):rep(s[name].queue)
  end
  places[s.place] = "@" .. (places[s.place] == "." and "" or places[s.place])
  return ("%02d:%02d %s, hunger %.2f %-10s, coins %d\n%s"):format(s.hour // 1, s.hour % 1 * 60,
    s.raining and "rain" or "dry", s.hunger, ("#"):rep(math.floor(s.hunger * 10)), s.coins,
    table.concat(places, " ", 0, LENGTH))
end

return street
