-- Blackjack: come nearer to 21 than the dealer and not above it (Sutton & Barto 2018, example 5.1; numbers as
-- Gymnasium's Blackjack-v1).
--
-- | action | does                                          | observation | range                                  |
-- |--------|-----------------------------------------------|-------------|----------------------------------------|
-- | stick  | the dealer draws until he has 17, which ends  | sum         | 4 .. 21, above it up to 31             |
-- | hit    | one more card; above 21 it ends               | dealer      | his open card, 1 (an ace) .. 10        |
-- |        |                                               | ace         | 1: an ace counts as 11, a usable ace   |
--
-- Cards come with replacement: 1 to 9 with 1/13 each, 10 with 4/13. A usable ace is always counted as 11, the dealer's
-- too. Default reward: 0 until the end, then +1 won, 0 drawn, -1 lost. `sab` (Sutton and Barto's rules): an ace and a
-- ten (a natural) also beat a 21 of more cards. Without sab, `natural` pays 1.5 for winning with one. No time limit.
-- Input: `state` = { sum, dealer, ace }, held as two cards; the dealer's hidden card is drawn.
local o = options(..., { sab = true, natural = false })
local blackjack = { actions = { "stick", "hit" },
                    observation = { { "sum", n = 32 }, { "dealer", n = 11 }, { "ace", n = 2 } } }

local function draw(rng) return math.min(rng:integer(1, 13), 10) end

-- A hand's sum and usable ace with one card more.
local function add(sum, ace, card)
  if card == 1 and sum + 11 <= 21 then return sum + 11, 1 end
  sum = sum + card
  if sum > 21 and ace == 1 then return sum - 10, 0 end
  return sum, ace
end

local function hand(first, second)
  local sum, ace = add(0, 0, first)
  return add(sum, ace, second)
end

function blackjack.reset(s, rng, input)
  local state = input.state
  s.dealer, s.hidden = draw(rng), draw(rng)
  local first, second = draw(rng), draw(rng)
  s.sum, s.ace = hand(first, second)
  if state then s.sum, s.dealer, s.ace = state[1], state[2], state[3] end
  s.cards = 2 -- the player's
  s.dealer_sum, s.dealer_cards = hand(s.dealer, s.hidden), 2
end

function blackjack.step(s, action, rng)
  if action == "hit" then
    s.sum, s.ace = add(s.sum, s.ace, draw(rng))
    s.cards = s.cards + 1
    return s.sum > 21
  end
  local sum, ace = hand(s.dealer, s.hidden)
  while sum < 17 do
    sum, ace = add(sum, ace, draw(rng))
    s.dealer_cards = s.dealer_cards + 1
  end
  s.dealer_sum = sum
  return true -- terminated: the dealer has played
end

function blackjack.reward(s, action, terminated)
  if not terminated then return 0 end
  if s.sum > 21 then return -1 end
  local natural = s.sum == 21 and s.cards == 2
  if o.sab and natural and not (s.dealer_sum == 21 and s.dealer_cards == 2) then return 1 end
  local dealer = s.dealer_sum > 21 and 0 or s.dealer_sum
  if s.sum == dealer then return 0 end
  if s.sum < dealer then return -1 end
  return natural and o.natural and not o.sab and 1.5 or 1
end

function blackjack.render(s)
  return ("you %d%s in %d cards, the dealer shows %d"):format(s.sum, s.ace == 1 and " (usable ace)" or "", s.cards,
    s.dealer)
end

return blackjack
