-- A linear system with quadratic costs (the scalar LQR): push x to 0 and do not push hard.
--
-- | action                 | x becomes                    | observation | at reset                        |
-- |------------------------|------------------------------|-------------|---------------------------------|
-- | push, -bound .. bound  | a x + b push + N(0, noise)   | x           | start; or U(-spread, spread)    |
-- |                        |                              |             | from it when `spread` is given  |
--
-- Default reward: -(q x^2 + r push^2), x before the step. Never ends by itself, truncated after `max_steps`.
-- Input: `state` = { x }. Without noise, push = -k x costs J(k) = (q + r k^2) x^2 / (1 - discount (a - b k)^2), where
-- the discount is the algorithm's. With the defaults and no discount the best k is 0.618034 and J 1.618034 (the golden
-- ratio); with discount 0.9 they are 0.588403 and 1.588403. Doing nothing: a return of -max_steps.
local o = options(..., { a = 1, b = 1, q = 1, r = 1, noise = 0, start = 1, spread = 0, bound = 10, max_steps = 100 })

local system = { actions = { name = "push", low = -o.bound, high = o.bound }, observation = { "x" },
                 max_steps = o.max_steps }

function system.reset(s, rng, input)
  if input.state then
    s.x = input.state[1]
  else
    s.x = o.start + (o.spread > 0 and rng:uniform(-o.spread, o.spread) or 0)
  end
  s.state_cost, s.push_cost = 0, 0
end

function system.step(s, push, rng)
  s.state_cost, s.push_cost = o.q * s.x ^ 2, o.r * push ^ 2
  s.x = o.a * s.x + o.b * push
  if o.noise > 0 then s.x = s.x + rng:normal(0, o.noise) end
  return false -- never terminated
end

function system.reward(s)
  return -s.state_cost - s.push_cost, { state = -s.state_cost, push = -s.push_cost }
end

-- x on a line from -2 to 2, 0 marked.
function system.render(s)
  local place = math.floor(math.max(-2, math.min(2, s.x)) * 10 + 20.5) + 1
  local line = ("-"):rep(20) .. "+" .. ("-"):rep(20)
  return ("%s@%s  x %+.4f"):format(line:sub(1, place - 1), line:sub(place + 1), s.x)
end

return system
