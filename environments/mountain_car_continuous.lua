-- Mountain car with a push of any size: swing up, cheaply (numbers as Gymnasium's MountainCarContinuous-v0).
--
-- | action           | observation | range          | at reset      |
-- |------------------|-------------|----------------|---------------|
-- | push, -1 .. 1,   | position    | -1.2 .. 0.6    | U(-0.6, -0.4) |
-- | times power      | velocity    | -0.07 .. 0.07  | 0             |
--
-- The hill and its wall are mountain_car's; the goal is at 0.45, to be passed with goal_velocity or more. A push beyond
-- 1 pushes no harder, but costs. After each step the state is rounded to single precision, as Gymnasium keeps it.
-- Default reward: -0.1 push^2, and 100 at the goal: to do nothing is worth 0, a local best that catches learners.
-- Truncated after 999 steps. Input: `state` = { position, velocity }, or the bounds `low`, `high` of the position.
local o = options(..., { power = 0.0015, gravity = 0.0025, goal_velocity = 0 })
local LEFT, RIGHT, FASTEST, GOAL = -1.2, 0.6, 0.07, 0.45
local cos, max, min = math.cos, math.max, math.min
local car = { actions = { low = -1, high = 1 }, max_steps = 999, threshold = 90,
              observation = { { "position", low = LEFT, high = RIGHT },
                              { "velocity", low = -FASTEST, high = FASTEST } } }

local function single(x) return (string.unpack("<f", string.pack("<f", x))) end -- the nearest float of 32 bits

function car.reset(s, rng, input)
  if input.state then
    s.position, s.velocity = input.state[1], input.state[2]
  else
    s.position, s.velocity = rng:uniform(input.low or -0.6, input.high or -0.4), 0
  end
end

function car.step(s, push)
  local velocity = s.velocity + (max(-1, min(1, push)) * o.power - o.gravity * cos(3 * s.position))
  velocity = max(-FASTEST, min(FASTEST, velocity))
  local position = max(LEFT, min(RIGHT, s.position + velocity))
  if position == LEFT and velocity < 0 then velocity = 0 end
  s.position, s.velocity = single(position), single(velocity)
  return position >= GOAL and velocity >= o.goal_velocity -- terminated
end

function car.reward(s, push, terminated) return (terminated and 100 or 0) - 0.1 * push ^ 2 end

-- The valley as a line: the car on its place, the goal as a flag.
function car.render(s)
  local width = 57
  local function column_of(x) return math.floor((x - LEFT) / (RIGHT - LEFT) * (width - 1) + 0.5) + 1 end
  local line = {}
  for column = 1, width do line[column] = "." end
  line[column_of(GOAL)], line[column_of(s.position)] = "P", "@"
  return ("%s\nposition %+.3f, velocity %+.4f"):format(table.concat(line), s.position, s.velocity)
end

return car
