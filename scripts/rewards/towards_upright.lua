-- For cartpole: a point a step, and a hint: rising is good, leaning further is bad. The hint is a difference of
-- potentials, so it changes how fast one learns and not what is best (Ng, Harada & Russell 1999).
--   potential = -hint * |angle| / fallen        reward = upright + discount * potential(after) - potential(before)
-- `discount` must be the algorithm's for the promise to hold. Falling ends at potential 0.
local o = options(..., { upright = 1, hint = 1, discount = 0.99, fallen = math.rad(12) })
local function potential(angle) return -o.hint * math.abs(angle) / o.fallen end
return function(s, action, terminated, before)
  local after = terminated and 0 or potential(s.angle)
  local hint = o.discount * after - potential(before.angle)
  return o.upright + hint, { upright = o.upright, hint = hint }
end
