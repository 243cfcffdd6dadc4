-- Pays for the portion we got, whatever our hunger: the policy learns to go where the fries are.
local o = options(..., { small = 0, large = 1 })
return function(s) return s.portion == "large" and o.large or o.small end
