-- expect: attempt to index a nil value
local lessons = { { 0 }, { 1 } }
return function(rng, episode) return { hunger = lessons[episode][1] } end
