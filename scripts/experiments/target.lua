-- Walk to a mark: one weight for each direction, and none to tell how far it is.
return {
  environment   = "target",
  learning_rate = 0.1,
  algorithm     = { "reinforce", episodes = 20, gamma = 0.9 },
  optimizer     = "adam",
  policy        = { { "linear", weight = 0, bias = 0 }, "categorical" },
  updates       = 1000, seeds = { from = 1, to = 5 },
}
