-- What tests/learning asks REINFORCE with: sixteen hidden units, choices seen as one number each.
return {
  environment   = "identity",
  algorithm     = { "reinforce", episodes = 20, gamma = 1 },
  learning_rate = { "linear", first = 0.02, last = 0.001 },
  optimizer     = "adam",
  policy        = { { "linear", 16 }, "tanh", "linear", "categorical", value = { { "linear", 16 }, "tanh", "linear" } },
  one_hot       = true,
  updates       = 300,
}
