-- Halve the rate when the last update moved the policy too far, raise it when it hardly moved.
-- Update 1 gets `start`; from then on the rate stays between `lowest` and `highest`.
local o = options(..., { start = 3e-4, kl = 0.01, lowest = 1e-6, highest = 1.0 })
return function(p)
  local rate = p.learning_rate or o.start
  if p.kl and p.kl > 2 * o.kl then return math.max(rate / 2, o.lowest) end
  if p.kl and p.kl < o.kl / 2 then return math.min(rate * 1.1, o.highest) end
  return rate
end
