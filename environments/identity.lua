-- Identity: say what you see. The first world to try: it can be learnt only from what is seen now, paid now.
--
-- | action           |                          | observation |                                             |
-- |------------------|--------------------------|-------------|---------------------------------------------|
-- | say0 .. say(N-1) | say the symbol so called | symbol      | its number: 0 .. N - 1, all equally likely  |
--
-- A new symbol comes after every step. Default reward: 1 for saying the symbol seen, else 0.
-- Never ends by itself, truncated after `length` steps. Best: length. Random: length / symbols.
-- Who stays at random: rows of observations, actions and rewards do not belong together (shifted by one step, or
-- the next observation in place of the one acted on), or no gradient reaches what is seen.
local o = options(..., { symbols = 4, length = 10 })
if o.symbols < 2 or o.symbols % 1 ~= 0 then error("symbols is a whole number from 2, not " .. o.symbols) end

local identity = { actions = {}, observation = { { "symbol", n = o.symbols } }, max_steps = o.length }
local symbol_of = {} -- word -> number
for symbol = 0, o.symbols - 1 do
  identity.actions[symbol + 1] = "say" .. symbol
  symbol_of["say" .. symbol] = symbol
end

local function show(s, rng) s.symbol = rng:integer(0, o.symbols - 1) end

function identity.reset(s, rng) show(s, rng) end

function identity.step(s, action, rng)
  s.said, s.shown = symbol_of[action], s.symbol
  show(s, rng)
  return false -- never terminated
end

function identity.reward(s) return s.said == s.shown and 1 or 0 end

function identity.render(s)
  local last = s.said and ("said %d to %d, "):format(s.said, s.shown) or ""
  return ("%ssees %d of 0 .. %d"):format(last, s.symbol, o.symbols - 1)
end

return identity
