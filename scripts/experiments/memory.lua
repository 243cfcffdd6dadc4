-- Say again what was shown before: the policy itself forgets, four stacked frames remember for it.
return {
  environment   = "memory",
  learning_rate = { "linear", first = 0.02, last = 0.002 },
  algorithm     = { "reinforce", episodes = 20, gamma = 1 },
  optimizer     = "adam",
  policy        = { { "linear", 32 }, "tanh", "linear", "categorical" },
  one_hot = true, frame_stack = 4,
  updates       = 400, seeds = { from = 1, to = 5 },
}
