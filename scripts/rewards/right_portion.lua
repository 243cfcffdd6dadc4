-- +1 for the portion our hunger asked for, -1 for the other.
local o = options(..., { right = 1, wrong = -1, hungry_above = 0.5 })
return function(s) return (s.portion == "large") == (s.hunger > o.hungry_above) and o.right or o.wrong end
