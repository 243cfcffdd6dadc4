-- Logs what chance pays at each visit, for test_testing.lua: two arms of the same value, so that the policy has no part.
return {
  environment = { "k_armed_bandit", k = 2, spread = 0 },
  learning_rate = 1,
  policy = { "linear", "categorical" },
  precision = "double",
  updates = 5,
  algorithm = function(run)
    for _ in run:updates() do
      local batch = run:collect { episodes = 1 }
      run:log { reward = batch.rewards[1] }
    end
  end,
}
