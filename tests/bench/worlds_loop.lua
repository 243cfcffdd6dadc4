-- worlds_loop.lua: stepping CartPole in a bare Lua loop, the yardstick of the host's own cost: the world's script as it
-- is, random actions, reward, time limit, automatic reset, what is seen written into an array that is written over and
-- over. Nothing is checked, no stream is placed, s is not emptied before a reset. Runs in Lua itself and in a
-- sandbox; `world` is what the script returned, `rng` what it gets. Gives a function of a number of steps that returns
-- how many episodes ended, the sum of the rewards, and the array.
local ROWS = 4096

return function(world, rng)
  local random = math.random
  local words, limit, reset, step, reward = world.actions, world.max_steps, world.reset, world.step, world.reward
  local s, input, seen, length = {}, {}, {}, 0
  for i = 1, 4 * ROWS do seen[i] = 0.0 end
  reset(s, rng, input)
  return function(steps)
    local episodes, total, at = 0, 0, 0
    for _ = 1, steps do
      if at == 4 * ROWS then at = 0 end
      seen[at + 1], seen[at + 2], seen[at + 3], seen[at + 4] = s.x, s.speed, s.angle, s.spin
      at = at + 4
      local action = words[random(2)]
      local terminated = step(s, action, rng)
      total = total + reward(s, action, terminated)
      length = length + 1
      if terminated or length >= limit then
        episodes, length = episodes + 1, 0
        reset(s, rng, input)
      end
    end
    return episodes, total, seen
  end
end
