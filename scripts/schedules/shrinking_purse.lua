-- A curriculum for fry_street: first we stand at the shacks at noon with coins in the purse, in the end at the car wash
-- in the morning with none. Coins, place and hour go back evenly until progress reaches `done`; hunger is drawn.
local o = options(..., { coins = 8, done = 0.7, low = 0.1, high = 0.4 })
if not (o.done > 0 and o.done <= 1) then error("done lies above 0 and up to 1, not at " .. o.done) end
local SHACK, NOON, MORNING, QUARTER = 6, 12, 8, 0.25
return function(rng, episode, progress)
  local ease = math.max(0, 1 - progress / o.done) -- 1 at the beginning, then down to 0
  local function part(most) return math.floor(most * ease + 0.5) end
  return {
    coins = part(o.coins), place = part(SHACK), hour = MORNING + part((NOON - MORNING) / QUARTER) * QUARTER,
    hunger = rng:uniform(o.low, o.high),
  }
end
