-- What the schedule deals at first, which depends on the seed alone, decides whether it fails.
local visits = 0
return function(s)
  visits = visits + 1
  if visits <= 3 and s.hunger > 0.8 then error("too hungry: " .. s.hunger) end
  return (s.portion == "large") == (s.hunger > 0.5) and 1 or -1
end
