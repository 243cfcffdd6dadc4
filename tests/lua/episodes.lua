-- What the tests of worlds share: worlds stepped by hand, by a policy that is a function of the state.
local episodes = {}

-- Options of one world, its name first as in an experiment.
function episodes.load(name, options) return lure_test.load("environment", name, options) end

-- One episode by policy(s, rng, world) -> action; gives the return (not discounted), its length and the last state.
function episodes.play(world, rng, policy, input)
  local s, sum, steps = {}, 0, 0
  local terminated
  world.reset(s, rng, input or {})
  repeat
    local action = policy(s, rng, world)
    terminated = world.step(s, action, rng)
    sum, steps = sum + world.reward(s, action, terminated), steps + 1
  until terminated or steps == world.max_steps
  return sum, steps, s
end

-- Mean return of n episodes and its standard error.
function episodes.mean_return(world, n, seed, policy, input)
  local rng, sum, squares = lure_test.rng(seed), 0, 0
  for _ = 1, n do
    local got = episodes.play(world, rng, policy, input)
    sum, squares = sum + got, squares + got * got
  end
  local mean = sum / n
  return mean, math.sqrt(math.max(0, squares / n - mean * mean) / n)
end

function episodes.random(_, rng, world) return rng:choice(world.actions) end

-- A stream that gives this number whatever it is asked for: worlds that draw once a step, through all their outcomes.
function episodes.fixed(luck)
  return { uniform = function() return luck end }
end

-- What a step from state s can lead to: the state after, reward, terminated for each of the lucks.
function episodes.outcome(world, s, action, luck)
  local after = lure_test.copy(s)
  local terminated = world.step(after, action, episodes.fixed(luck))
  return after, world.reward(after, action, terminated), terminated
end

return episodes
