-- CartPole: keep a pole upright on a cart (Barto, Sutton & Anderson 1983; numbers as Gymnasium's v1).
--
-- | action | force on the cart   | observation | unit     | at reset        | ends beyond   |
-- |--------|---------------------|-------------|----------|-----------------|---------------|
-- | left   | -force newton       | x           | metre    | U(-0.05, 0.05)  | +-2.4         |
-- | right  | +force newton       | speed       | metre/s  | U(-0.05, 0.05)  |               |
-- |        | for TAU = 0.02 s    | angle       | radian   | U(-0.05, 0.05)  | +-12 degrees  |
-- |        |                     | spin        | radian/s | U(-0.05, 0.05)  |               |
--
-- Angle 0 is upright, positive to the right. Explicit Euler: positions move by the speeds before the step.
-- Default reward: 1 a step, the last one included; with sutton_barto_reward 0, and -1 for the step that ends.
-- Truncated after 500 steps, so 500 is the most.
-- Input: `state` = { x, speed, angle, spin }, or the bounds `low`, `high` of the four.
local o = options(..., {
  gravity = 9.8, cart = 1.0, pole = 0.1, half_length = 0.5, force = 10.0, sutton_barto_reward = false,
})
local TAU, EDGE, FALLEN = 0.02, 2.4, math.rad(12)
local MASS, MOMENT = o.cart + o.pole, o.pole * o.half_length
local sin, cos = math.sin, math.cos
local FIELDS = { "x", "speed", "angle", "spin" }
local cartpole = { actions = { "left", "right" }, max_steps = 500, observation = FIELDS,
                   threshold = not o.sutton_barto_reward and 475 or nil }

function cartpole.reset(s, rng, input)
  local state, low, high = input.state, input.low or -0.05, input.high or 0.05
  for i, name in ipairs(FIELDS) do
    if state then s[name] = state[i] else s[name] = rng:uniform(low, high) end
  end
end

function cartpole.step(s, action)
  local x, speed, angle, spin = s.x, s.speed, s.angle, s.spin
  local sine, cosine = sin(angle), cos(angle)
  local push = action == "right" and o.force or -o.force
  local shove = (push + MOMENT * spin ^ 2 * sine) / MASS
  local spin_up = (o.gravity * sine - cosine * shove) / (o.half_length * (4 / 3 - o.pole * cosine ^ 2 / MASS))
  local speed_up = shove - MOMENT * spin_up * cosine / MASS
  x, angle = x + TAU * speed, angle + TAU * spin
  s.x, s.speed, s.angle, s.spin = x, speed + TAU * speed_up, angle, spin + TAU * spin_up
  return x < -EDGE or x > EDGE or angle < -FALLEN or angle > FALLEN -- terminated
end

function cartpole.reward(s, action, terminated)
  if o.sutton_barto_reward then return terminated and -1 or 0 end
  return 1 -- one point a step, the last one included
end

-- The track seen from the side: the cart at its place, the lean written beside it.
function cartpole.render(s)
  local width = 49
  local place = math.max(1, math.min(width, math.floor((s.x / EDGE + 1) / 2 * width + 0.5)))
  local lean = math.abs(s.angle) < math.rad(1) and "|" or s.angle > 0 and "/" or "\\"
  return ("%s%s\n%s#%s  x %+.3f m, angle %+.2f degrees"):format((" "):rep(place - 1), lean,
    ("-"):rep(place - 1), ("-"):rep(width - place), s.x, math.deg(s.angle))
end

return cartpole
