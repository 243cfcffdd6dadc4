-- expect: input 'hungr' is given, and the reset of fry_shacks never reads it; did you mean 'hunger'?
-- with: --environment fry_shacks
return function(rng) return { hungr = rng:uniform() } end
