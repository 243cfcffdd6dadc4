-- Performance: a world in which nothing happens. What a step of it costs is what stepping itself costs.
--
-- | action  |              | observation      |                                        |
-- |---------|--------------|------------------|----------------------------------------|
-- | go, wait | no difference | seen[1 .. inputs] | zeros: as many numbers as are to be moved |
--
-- `work` adds so many multiplications a step, to see how fast the overhead disappears behind a world that thinks.
-- Default reward: 1 a step. Never ends by itself, truncated after `length` steps. Best, random and worst: length.
-- Any other score: steps are lost or counted twice where an episode ends. The number to watch is steps a second.
local o = options(..., { inputs = 4, length = 100, work = 0 })

local performance = { actions = { "go", "wait" }, max_steps = o.length,
                      observation = { { "seen", size = o.inputs, low = 0, high = 0 } } }

function performance.reset(s)
  s.seen, s.product = {}, 1
  for i = 1, o.inputs do s.seen[i] = 0 end
end

function performance.step(s)
  local product = s.product
  for _ = 1, o.work do product = product * 0.5 + 1 end
  s.product = product
  return false -- never terminated
end

function performance.reward() return 1 end

function performance.render() return o.inputs .. " zeros" end

return performance
