-- Logs what random actions are paid in each episode, for test_testing.lua.
return {
  environment = "gridworld",
  policy = { "linear", "categorical" },
  learning_rate = 1,
  updates = 1,
  algorithm = function(run)
    for _ in run:updates() do
      local batch = run:collect { episodes = 1, random = true }
      run:log { paid = batch.episodic_return, lived = batch.episodic_length }
    end
  end,
}
