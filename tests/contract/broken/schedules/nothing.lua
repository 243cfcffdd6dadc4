-- expect: the schedule returned nil; expected the input table
return function(rng, episode)
  if episode < 150 then return { hunger = 0 } end
end
