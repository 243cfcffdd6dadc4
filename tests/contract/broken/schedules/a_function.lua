-- expect: input.hunger is a function
return function(rng) return { hunger = function() return rng:uniform() end } end
