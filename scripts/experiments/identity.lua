-- The first thing to try: say the symbol that is seen, each by a weight of its own (one_hot).
return {
  environment   = "identity",
  learning_rate = 0.05,
  algorithm     = { "reinforce", episodes = 10, gamma = 0 },
  optimizer     = "adam",
  policy        = { { "linear", weight = 0, bias = 0 }, "categorical" },
  one_hot       = true,
  updates       = 200, seeds = { from = 1, to = 5 },
}
