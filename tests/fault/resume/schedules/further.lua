-- Each episode begins further away: a schedule that counts.
local at = 0
return function(rng)
  at = at + 0.001
  return { at = at + rng:uniform(-0.1, 0.1) }
end
