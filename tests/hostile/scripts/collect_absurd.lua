-- expect: script_error algorithm
-- says: enough
return function(run, policy, optimizer, learning_rate)
  for _, wish in ipairs { { steps = -1 }, { steps = 0 }, { steps = 0.5 }, { steps = 0 / 0 }, { steps = math.maxinteger }, { episodes = 1 << 60 }, { 1 },
                          { steps = 1, episodes = 1 }, {}, { steps = 1, actions = {} }, { steps = 1, actions = { "no such" } }, { steps = 1, epsilon = 2 },
                          { steps = 1, random = 1, epsilon = 1 }, { stepss = 1 } } do
    assert(not pcall(run.collect, run, wish), wish.steps or wish.episodes)
  end
  error("enough") -- here
end
