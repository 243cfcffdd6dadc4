-- Falls whenever the policy moved far, and remembers it.
local rate = 0.05
return function(p)
  if p.kl and p.kl > 0.001 then rate = rate * 0.9 end
  return rate
end
