-- A straight line from `first`, the rate of update 1, to `last`, the rate of the last update. Both exactly.
local o = options(..., { first = 1.0, last = 0.1 })
return function(p)
  local x = (p.update - 1) / math.max(1, p.updates - 1) -- 0 .. 1
  return (1 - x) * o.first + x * o.last
end
