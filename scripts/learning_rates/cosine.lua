-- Up in a straight line over `warm_up` updates, then down half a cosine wave (Loshchilov & Hutter 2017, one cycle).
-- Update 1 gets peak / warm_up (without warm-up: peak), update `warm_up` gets peak, the last update gets `last`.
local o = options(..., { peak = 1.0, last = 0.0, warm_up = 0 })
return function(p)
  if p.update < o.warm_up then return o.peak * p.update / o.warm_up end
  local top = math.max(1, o.warm_up)
  local x = (p.update - top) / math.max(1, p.updates - top) -- 0 .. 1
  local height = (1 + math.cos(math.pi * x)) / 2            -- 1 .. 0
  return height * o.peak + (1 - height) * o.last
end
