-- worlds_experiment.lua: CartPole under random actions, for the benchmark of stepping. `updates`, `copies` and the
-- algorithm's `steps` are set by worlds.c.
return {
  environment = "cartpole",
  algorithm   = "tests/bench/worlds_random.lua",
  policy      = { "linear", "categorical" },
  updates     = 1,
}
