-- expect: ok reward
-- the first row decides the columns
local n = 0
return function(s)
  n = n + 1
  return (s.portion == "large") == (s.hunger > 0.5) and 1 or -1, { ["term " .. n] = 1 }
end
