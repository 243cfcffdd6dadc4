-- A curriculum: clear cases first (hunger near 0 or 1), then closer and closer to the hard middle.
--   ease   = 1 at the start, falling evenly to `width` when progress reaches `done`, and staying there
--   hunger = on either side of `middle` by a fair coin, away from it by a share of that side's length that is
--            uniform between ease - width and ease
-- So it begins within `width` of the extremes and ends within `width` of the middle, counted in sides.
local o = options(..., { middle = 0.5, width = 0.2, done = 1 })
if not (o.width > 0 and o.width <= 1) then error("width lies above 0 and up to 1, not at " .. o.width) end
if not (o.done > 0 and o.done <= 1) then error("done lies above 0 and up to 1, not at " .. o.done) end
return function(rng, episode, progress)
  local ease = 1 - (1 - o.width) * math.min(1, progress / o.done)
  local hungry, share = rng:bernoulli(0.5), rng:uniform(ease - o.width, ease)
  return { hunger = o.middle + share * (hungry and 1 - o.middle or -o.middle) }
end
