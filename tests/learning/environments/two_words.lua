-- Identity in two parts at once: say the letter and the digit that are seen, half a point each; best 10, random 2.917.
local LETTERS, DIGITS = { "a", "b", "c" }, { "one", "two", "three", "four" }
local world = { actions = { LETTERS, DIGITS }, observation = { { "letter", n = #LETTERS }, { "digit", n = #DIGITS } },
                max_steps = 10 }

local function show(s, rng) s.letter, s.digit = rng:integer(0, #LETTERS - 1), rng:integer(0, #DIGITS - 1) end

function world.reset(s, rng) show(s, rng) end

function world.step(s, action, rng)
  s.paid = (action[1] == LETTERS[s.letter + 1] and 0.5 or 0) + (action[2] == DIGITS[s.digit + 1] and 0.5 or 0)
  show(s, rng)
  return false
end

function world.reward(s) return s.paid end

return world
