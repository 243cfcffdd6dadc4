-- Mountain car: a car too weak for the hill swings itself up (Moore 1990; numbers as Gymnasium's MountainCar-v0).
--
-- | action | push on the car | observation | range          | at reset      |
-- |--------|-----------------|-------------|----------------|---------------|
-- | left   | -force          | position    | -1.2 .. 0.6    | U(-0.6, -0.4) |
-- | coast  | none            | velocity    | -0.07 .. 0.07  | 0             |
-- | right  | +force          |             | a step's way   |               |
--
-- The hill's height is sin(3 position); its foot is near -0.52. Velocity is clipped, then position; the left wall stops
-- the car. Ends at position 0.5 with goal_velocity or more. Default reward: -1 a step, the last one included.
-- Truncated after 200 steps. Input: `state` = { position, velocity }, or the bounds `low`, `high` of the position.
local o = options(..., { force = 0.001, gravity = 0.0025, goal_velocity = 0 })
local LEFT, RIGHT, FASTEST, GOAL = -1.2, 0.6, 0.07, 0.5
local cos, max, min = math.cos, math.max, math.min
local PUSH = { left = -1, coast = 0, right = 1 }
local car = { actions = { "left", "coast", "right" }, max_steps = 200, threshold = -110,
              observation = { { "position", low = LEFT, high = RIGHT },
                              { "velocity", low = -FASTEST, high = FASTEST } } }

function car.reset(s, rng, input)
  if input.state then
    s.position, s.velocity = input.state[1], input.state[2]
  else
    s.position, s.velocity = rng:uniform(input.low or -0.6, input.high or -0.4), 0
  end
end

function car.step(s, action)
  local velocity = s.velocity + (PUSH[action] * o.force - cos(3 * s.position) * o.gravity)
  velocity = max(-FASTEST, min(FASTEST, velocity))
  local position = max(LEFT, min(RIGHT, s.position + velocity))
  if position == LEFT and velocity < 0 then velocity = 0 end
  s.position, s.velocity = position, velocity
  return position >= GOAL and velocity >= o.goal_velocity -- terminated
end

function car.reward() return -1 end -- until the goal, the step that reaches it included

-- The hills from the side: the car on its place, the goal as a flag.
function car.render(s)
  local width, height, rows = 57, 8, {}
  local function column_of(x) return math.floor((x - LEFT) / (RIGHT - LEFT) * (width - 1) + 0.5) + 1 end
  local function row_of(column)
    local x = LEFT + (column - 1) / (width - 1) * (RIGHT - LEFT)
    return math.floor((1 - math.sin(3 * x)) / 2 * (height - 1) + 0.5) + 1
  end
  for row = 1, height do rows[row] = {} end
  for column = 1, width do
    local mark = column == column_of(s.position) and "@" or column == column_of(GOAL) and "P" or "."
    for row = 1, height do rows[row][column] = row == row_of(column) and mark or " " end
  end
  for row = 1, height do rows[row] = table.concat(rows[row]):gsub(" +$", "") end
  return ("%s\nposition %+.3f, velocity %+.4f"):format(table.concat(rows, "\n"), s.position, s.velocity)
end

return car
