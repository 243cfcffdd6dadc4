-- NAME: hungrier and hungrier as training goes on. (Say in a line what the episodes are fed.)
-- Written for the environment fry_shacks: its reset reads input.hunger.
local o = options(..., { first = 0, last = 1, jitter = 0.1 }) -- name = default; an unknown name is an error

-- Called before each episode. episode counts from 1; progress lies above 0 and reaches 1 at the last update.
return function(rng, episode, progress)
  local hunger = o.first + (o.last - o.first) * progress + rng:uniform(-o.jitter, o.jitter)
  return { hunger = math.max(0, math.min(1, hunger)) }
end
