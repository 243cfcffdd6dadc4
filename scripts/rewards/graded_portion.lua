-- The clearer our hunger asked for a portion, the more is at stake: +2 and -2 at the extremes, +1 and -1 in doubt.
--   clarity = distance of hunger from `hungry_above`, as a share of the most possible on that side: 0 .. 1
--   reward  = +-(least + (most - least) * clarity), plus for the right portion
local o = options(..., { least = 1, most = 2, hungry_above = 0.5 })
if not (o.hungry_above > 0 and o.hungry_above < 1) then
  error("hungry_above lies between 0 and 1, not at " .. o.hungry_above)
end
return function(s)
  local hungry = s.hunger > o.hungry_above
  local clarity = hungry and (s.hunger - o.hungry_above) / (1 - o.hungry_above) or 1 - s.hunger / o.hungry_above
  local stake = o.least + (o.most - o.least) * clarity
  return (s.portion == "large") == hungry and stake or -stake
end
