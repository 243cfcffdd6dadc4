-- NAME: halves every `halve_after` updates. (Say in a line what the rate does, and its first and last values.)
-- Update 1 gets `first`; the last of N updates gets first / 2 ^ floor((N - 1) / halve_after).
local o = options(..., { first = 1.0, halve_after = 500 }) -- name = default; an unknown name is an error

-- Called once an update. p has update (from 1), updates (how many there will be), progress (above 0, up to 1),
-- episode, step, and from the last update: learning_rate, kl, gradient_norm, episode_return (all nil at first).
return function(p)
  return o.first * 0.5 ^ ((p.update - 1) // o.halve_after) -- powers of 2 are exact everywhere
end
