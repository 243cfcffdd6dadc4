-- A curriculum for fry_street: first we stand at Norm's at noon with coins in the purse; later a day may begin ever
-- nearer to the hardest, at the car wash in the morning with none. Easy days stay, or what they taught is forgotten.
--   ease = uniform between 1 - progress / done (0 from `done` on) and 1: coins, place, hour follow it; hunger is drawn
local o = options(..., { coins = 8, done = 0.7, low = 0.1, high = 0.4 })
if not (o.done > 0 and o.done <= 1) then error("done lies above 0 and up to 1, not at " .. o.done) end
local SHACK, NOON, MORNING, QUARTER = 6, 12, 8, 0.25
return function(rng, episode, progress)
  local ease = rng:uniform(math.max(0, 1 - progress / o.done), 1)
  local function part(most) return math.floor(most * ease + 0.5) end
  return {
    coins = part(o.coins), place = part(SHACK), hour = MORNING + part((NOON - MORNING) / QUARTER) * QUARTER,
    hunger = rng:uniform(o.low, o.high),
  }
end
