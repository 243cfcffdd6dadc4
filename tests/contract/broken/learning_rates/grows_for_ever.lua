-- expect: gave inf at update
return function(p)
  local rate = p.learning_rate or 0.01
  if p.kl and p.kl < 0.005 then return rate * 1.1 end
  return rate
end
