-- Any hunger between two bounds, all equally likely.
local o = options(..., { low = 0, high = 1 })
return function(rng) return { hunger = rng:uniform(o.low, o.high) } end
