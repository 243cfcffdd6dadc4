-- Shrinks by the same factor every update, from `first` at update 1 to `last` at the last update (to rounding).
local o = options(..., { first = 1.0, last = 0.01 })
if not (o.first > 0 and o.last > 0) then error("first and last are above 0: no factor leads from or to 0") end
local fall = math.log(o.last / o.first)
return function(p)
  local x = (p.update - 1) / math.max(1, p.updates - 1) -- 0 .. 1
  return o.first * math.exp(fall * x)
end
