-- For fry_street: minus hunger times hours, and a fine for fainting. Eating pays only by the hunger it spares us later.
local o = options(..., { faint = 10 })
return function(s)
  local fainted = s.ended == "fainted" and -o.faint or 0
  return fainted - s.suffered, { hunger = -s.suffered, fainted = fainted }
end
