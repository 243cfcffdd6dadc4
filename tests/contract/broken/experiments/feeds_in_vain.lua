-- expect: schedule: input 'hunger' is given, and the reset of its environment never reads it
return {
  environment = "gridworld",
  schedule    = "uniform_hunger",
  algorithm   = { "reinforce", episodes = 2 },
  learning_rate = 0.01,
  policy      = { "linear", "categorical" },
  updates     = 10,
}
