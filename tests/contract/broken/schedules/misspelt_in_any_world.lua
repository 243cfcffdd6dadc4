-- expect: no other world here takes it
return function(rng) return { hunge = rng:uniform() } end
