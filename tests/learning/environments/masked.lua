-- Identity with a mask: only the symbol seen and the next one may be said, in some steps the former alone. The next
-- one pays 1, having no choice 0.5; best 7.5 of 10 on average, random 5. Who forgets the mask learns from ratios of
-- another policy than the one that acted.
local WORDS = { "zero", "one", "two", "three" }
local world = { actions = WORDS, observation = { { "symbol", n = #WORDS }, "free" }, max_steps = 10 }

local function show(s, rng) s.symbol, s.free = rng:integer(0, #WORDS - 1), rng:bernoulli(0.5) end

function world.reset(s, rng) show(s, rng) end

function world.legal(s)
  local own, following = WORDS[s.symbol + 1], WORDS[(s.symbol + 1) % #WORDS + 1]
  return s.free and { own, following } or { own }
end

function world.step(s, action, rng)
  s.paid = not s.free and 0.5 or action == WORDS[(s.symbol + 1) % #WORDS + 1] and 1 or 0
  show(s, rng)
  return false
end

function world.reward(s) return s.paid end

return world
