-- For fry_street: what fries are worth to us less what they cost: a small hunger is not worth a large portion.
--   reward = value * hunger stilled - price * coins spent - misery * hunger * hours - faint on fainting
local o = options(..., { value = 2, price = 0.1, misery = 0.1, faint = 10 })
return function(s)
  local fries, coins, hunger = o.value * s.stilled, -o.price * s.spent, -o.misery * s.suffered
  local fainted = s.ended == "fainted" and -o.faint or 0
  return fries + coins + hunger + fainted, { fries = fries, coins = coins, hunger = hunger, fainted = fainted }
end
