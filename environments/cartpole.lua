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
local FIELDS = { "x", "speed", "angle", "spin" }
local cartpole = { actions = { "left", "right" }, max_steps = 500, observation = FIELDS }

function cartpole.reset(s, rng, input)
  local state, low, high = input.state, input.low or -0.05, input.high or 0.05
  for i, name in ipairs(FIELDS) do
    if state then s[name] = state[i] else s[name] = rng:uniform(low, high) end
  end
end

function cartpole.step(s, action)
  local push = action == "right" and o.force or -o.force
  local sin, cos = math.sin(s.angle), math.cos(s.angle)
  local shove = (push + MOMENT * s.spin ^ 2 * sin) / MASS
  local spin_up = (o.gravity * sin - cos * shove) / (o.half_length * (4 / 3 - o.pole * cos ^ 2 / MASS))
  local speed_up = shove - MOMENT * spin_up * cos / MASS
  s.x, s.speed = s.x + TAU * s.speed, s.speed + TAU * speed_up
  s.angle, s.spin = s.angle + TAU * s.spin, s.spin + TAU * spin_up
  return math.abs(s.x) > EDGE or math.abs(s.angle) > FALLEN -- terminated
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
