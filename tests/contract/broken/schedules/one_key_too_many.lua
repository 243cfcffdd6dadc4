-- expect: input 'thirst' is given, and the reset of fry_shacks never reads it
-- with: --environment fry_shacks
return function(rng)
  return { hunger = rng:uniform(),
           thirst = rng:uniform() }
end
