-- expect: attempt to compare number with nil
return function(p)
  if p.update == 1 then return 0.01 end
  return p.kl > 0.02 and p.learning_rate / 2 or p.learning_rate
end
