-- Pendulum: swing a rod up and hold it there, with a motor too weak to lift it (numbers as Gymnasium's Pendulum-v1).
--
-- | action           | observation | range    | state | unit     | at reset   |
-- |------------------|-------------|----------|-------|----------|------------|
-- | torque, -2 .. 2  | cos         | -1 .. 1  | angle | radian   | U(-pi, pi) |
-- | N m, for 0.05 s  | sin         | -1 .. 1  | speed | radian/s | U(-1, 1)   |
-- |                  | speed       | -8 .. 8  |       |          |            |
--
-- Angle 0 is upright; it is not wrapped. The speed moves first, clipped, then the angle by the new speed. A torque
-- beyond 2 counts as 2. Default reward: -(angle^2 + 0.1 speed^2 + 0.001 torque^2) of the state before the step, its
-- angle within +-pi: from -16.2736 to 0. Never ends by itself, truncated after 200 steps.
-- Input: `state` = { angle, speed }, or the bounds `x_init` of the angle (pi) and `y_init` of the speed (1).
local o = options(..., { gravity = 10.0, mass = 1.0, length = 1.0 })
local TAU, FASTEST, STRONGEST, PI = 0.05, 8, 2, math.pi
local sin, cos, max, min = math.sin, math.cos, math.max, math.min
local pendulum = {
  actions = { low = -STRONGEST, high = STRONGEST }, max_steps = 200,
  observation = {
    { "cos", low = -1, high = 1 }, { "sin", low = -1, high = 1 }, { "speed", low = -FASTEST, high = FASTEST },
  },
}

function pendulum.reset(s, rng, input)
  if input.state then
    s.angle, s.speed = input.state[1], input.state[2]
  else
    local most, fastest = input.x_init or PI, input.y_init or 1
    s.angle, s.speed = rng:uniform(-most, most), rng:uniform(-fastest, fastest)
  end
  s.cost = 0
end

function pendulum.step(s, torque)
  local angle, speed = s.angle, s.speed
  torque = max(-STRONGEST, min(STRONGEST, torque))
  local lean = (angle + PI) % (2 * PI) - PI
  s.cost = lean ^ 2 + 0.1 * speed ^ 2 + 0.001 * torque ^ 2 -- of where we are, not of where we go
  local fall = 3 * o.gravity / (2 * o.length) * sin(angle)
  speed = speed + (fall + 3 / (o.mass * o.length ^ 2) * torque) * TAU
  speed = max(-FASTEST, min(FASTEST, speed))
  s.speed, s.angle = speed, angle + speed * TAU
  return false -- never terminated
end

function pendulum.observe(s) return { cos(s.angle), sin(s.angle), s.speed } end

function pendulum.reward(s) return -s.cost end

-- The pivot `+`, the tip `@`, the rod dotted.
function pendulum.render(s)
  local width, height, rows = 25, 13, {}
  for row = 1, height do
    rows[row] = {}
    for column = 1, width do rows[row][column] = " " end
  end
  for i = 0, 8 do
    local x, y = -math.sin(s.angle) * i / 8, math.cos(s.angle) * i / 8 -- positive angles lean to the left
    rows[math.floor(7.5 - 6 * y)][math.floor(13.5 + 12 * x)] = i == 0 and "+" or i == 8 and "@" or "."
  end
  for row = 1, height do rows[row] = table.concat(rows[row]):gsub(" +$", "") end
  return ("%s\nangle %+.3f, speed %+.3f"):format(table.concat(rows, "\n"), s.angle, s.speed)
end

return pendulum
