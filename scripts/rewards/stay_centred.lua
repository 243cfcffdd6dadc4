-- For cartpole: a point a step, less the further the cart stands from the middle.
--   reward = upright - drift_cost * (x / edge)^2
local o = options(..., { upright = 1, drift_cost = 1, edge = 2.4 })
return function(s)
  local drift = -o.drift_cost * (s.x / o.edge) ^ 2
  return o.upright + drift, { upright = o.upright, drift = drift }
end
