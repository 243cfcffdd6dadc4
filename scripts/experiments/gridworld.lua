-- One weight a cell and move: REINFORCE finds the way round the pit.
return {
  environment   = { "gridworld", slip = 0.2 },
  learning_rate = { "linear", first = 0.1, last = 0.01 },
  algorithm     = { "reinforce", episodes = 20, gamma = 1, baseline = "mean", normalize = true },
  optimizer     = "adam",
  policy        = { { "linear", weight = 0, bias = 0 }, "categorical" },
  updates       = 300, seeds = { 1 },
}
