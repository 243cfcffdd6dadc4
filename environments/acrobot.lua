-- Acrobot: two links hang from a pivot, a motor sits between them; swing the tip above the bar (Sutton 1996; numbers as
-- Gymnasium's Acrobot-v1).
--
-- | action | torque at the joint | observation | range     | state  | unit     | at reset     |
-- |--------|---------------------|-------------|-----------|--------|----------|--------------|
-- | minus  | -1 N m              | cos1, sin1  | -1 .. 1   | angle1 | radian   | U(-0.1, 0.1) |
-- | none   | 0                   | cos2, sin2  | -1 .. 1   | angle2 | radian   | U(-0.1, 0.1) |
-- | plus   | +1 N m              | speed1      | +-4 pi    | speed1 | radian/s | U(-0.1, 0.1) |
-- |        | for 0.2 s           | speed2      | +-9 pi    | speed2 | radian/s | U(-0.1, 0.1) |
--
-- Angle 0 hangs straight down; angle2 is relative to the first link. One Runge-Kutta step of order 4 a step, of the
-- `book`'s equations or, as an option, of the `nips` paper's, which miss a term. At reset, rounded to single precision.
-- Ends with the tip more than one link above the pivot. Default reward: -1 a step, 0 for the one that ends.
-- Truncated after 500 steps. Input: `state` = { angle1, angle2, speed1, speed2 }, or the bounds `low`, `high`.
local o = options(..., {
  gravity = 9.8, mass = 1.0, length = 1.0, centre = 0.5, inertia = 1.0, -- of either link
  equations = "book", noise = 0, -- U(-noise, noise) added to the torque
})
if o.equations ~= "book" and o.equations ~= "nips" then
  error(("equations is 'book' or 'nips', not '%s'"):format(o.equations))
end
local TAU, PI, FASTEST1, FASTEST2 = 0.2, math.pi, 4 * math.pi, 9 * math.pi
local sin, cos, max, min = math.sin, math.cos, math.max, math.min
local TORQUE = { minus = -1, none = 0, plus = 1 }
local FIELDS = { "angle1", "angle2", "speed1", "speed2" }
local acrobot = {
  actions = { "minus", "none", "plus" }, max_steps = 500, threshold = -100,
  observation = {
    { "cos1", low = -1, high = 1 }, { "sin1", low = -1, high = 1 },
    { "cos2", low = -1, high = 1 }, { "sin2", low = -1, high = 1 },
    { "speed1", low = -FASTEST1, high = FASTEST1 }, { "speed2", low = -FASTEST2, high = FASTEST2 },
  },
}

local function single(x) return (string.unpack("<f", string.pack("<f", x))) end -- the nearest float of 32 bits

function acrobot.reset(s, rng, input)
  local state, low, high = input.state, input.low or -0.1, input.high or 0.1
  for i, name in ipairs(FIELDS) do
    if state then s[name] = state[i] else s[name] = single(rng:uniform(low, high)) end
  end
end

-- How fast the two speeds change: Sutton & Barto 1998, section 11.3.
local function accelerations(angle1, angle2, speed1, speed2, torque)
  local m, l, c, g, I = o.mass, o.length, o.centre, o.gravity, o.inertia
  local sin2, cos2 = sin(angle2), cos(angle2)
  local d1 = m * c ^ 2 + m * (l ^ 2 + c ^ 2 + 2 * l * c * cos2) + I + I
  local d2 = m * (c ^ 2 + l * c * cos2) + I
  local phi2 = m * c * g * cos(angle1 + angle2 - PI / 2)
  local phi1 = -m * l * c * speed2 ^ 2 * sin2 - 2 * m * l * c * speed2 * speed1 * sin2
    + (m * c + m * l) * g * cos(angle1 - PI / 2) + phi2
  local drive = torque + d2 / d1 * phi1
  if o.equations == "book" then drive = drive - m * l * c * speed1 ^ 2 * sin2 end
  local up2 = (drive - phi2) / (m * c ^ 2 + I - d2 ^ 2 / d1)
  return -(d2 * up2 + phi1) / d1, up2
end

local function wrapped(angle)
  while angle > PI do angle = angle - 2 * PI end
  while angle < -PI do angle = angle + 2 * PI end
  return angle
end

function acrobot.step(s, action, rng)
  local a1, a2, v1, v2 = s.angle1, s.angle2, s.speed1, s.speed2
  local torque, half = TORQUE[action], TAU / 2
  if o.noise > 0 then torque = torque + rng:uniform(-o.noise, o.noise) end
  -- the slopes at the start, twice in the middle, at the end: of the angles p, q, of the speeds u, w
  local p1, q1, u1, w1 = v1, v2, accelerations(a1, a2, v1, v2, torque)
  local p2, q2 = v1 + half * u1, v2 + half * w1
  local u2, w2 = accelerations(a1 + half * p1, a2 + half * q1, p2, q2, torque)
  local p3, q3 = v1 + half * u2, v2 + half * w2
  local u3, w3 = accelerations(a1 + half * p2, a2 + half * q2, p3, q3, torque)
  local p4, q4 = v1 + TAU * u3, v2 + TAU * w3
  local u4, w4 = accelerations(a1 + TAU * p3, a2 + TAU * q3, p4, q4, torque)
  s.angle1 = wrapped(a1 + TAU / 6 * (p1 + 2 * p2 + 2 * p3 + p4))
  s.angle2 = wrapped(a2 + TAU / 6 * (q1 + 2 * q2 + 2 * q3 + q4))
  s.speed1 = max(-FASTEST1, min(FASTEST1, v1 + TAU / 6 * (u1 + 2 * u2 + 2 * u3 + u4)))
  s.speed2 = max(-FASTEST2, min(FASTEST2, v2 + TAU / 6 * (w1 + 2 * w2 + 2 * w3 + w4)))
  return -cos(s.angle1) - cos(s.angle2 + s.angle1) > 1 -- terminated
end

function acrobot.observe(s)
  return { cos(s.angle1), sin(s.angle1), cos(s.angle2), sin(s.angle2), s.speed1, s.speed2 }
end

function acrobot.reward(s, action, terminated) return terminated and 0 or -1 end

-- The pivot `+`, the joint `o`, the tip `@`, the links dotted; the line is the height to be passed.
function acrobot.render(s)
  local width, height, rows = 37, 19, {}
  for row = 1, height do
    rows[row] = {}
    for column = 1, width do rows[row][column] = row == 6 and "-" or " " end
  end
  local function put(x, y, mark) -- in links, from the pivot
    rows[math.floor(10.5 - 4 * y)][math.floor(19.5 + 8 * x)] = mark
  end
  local x1, y1 = math.sin(s.angle1), -math.cos(s.angle1)
  local x2, y2 = x1 + math.sin(s.angle1 + s.angle2), y1 - math.cos(s.angle1 + s.angle2)
  for i = 1, 7 do
    put(x1 * i / 8, y1 * i / 8, ".")
    put(x1 + (x2 - x1) * i / 8, y1 + (y2 - y1) * i / 8, ".")
  end
  put(0, 0, "+")
  put(x1, y1, "o")
  put(x2, y2, "@")
  for row = 1, height do rows[row] = table.concat(rows[row]):gsub(" +$", "") end
  return ("%s\nangles %+.2f %+.2f, speeds %+.2f %+.2f"):format(table.concat(rows, "\n"), s.angle1, s.angle2, s.speed1,
    s.speed2)
end

return acrobot
