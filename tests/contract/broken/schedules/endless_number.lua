-- expect: input.hunger is inf; expected a finite number
return function(rng, episode, progress) return { hunger = 1 / math.max(0, progress - 0.1) } end
