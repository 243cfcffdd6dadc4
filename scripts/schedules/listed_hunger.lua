-- A list of hungers, one an episode, from the top again when it is through.
local o = options(..., { hungers = { 0, 0.25, 0.5, 0.75, 1 } })
if #o.hungers == 0 then error("hungers is empty: list at least one") end
return function(rng, episode) return { hunger = o.hungers[(episode - 1) % #o.hungers + 1] } end
