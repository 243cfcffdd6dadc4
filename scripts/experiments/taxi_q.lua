-- The taxi by Q-learning: 3,000 numbers, one a state and action, of eight copies at once.
return {
  environment   = "taxi",
  algorithm     = { "q_learning", gamma = 0.99, start_e = 1, end_e = 0.1, exploration_fraction = 0.8 },
  learning_rate = { "linear", first = 0.2, last = 0.02 },
  policy        = { { "linear", weight = 0, bias = 0, train = { "weight" } }, "action_values" },
  one_hot       = true,
  copies        = 8,
  updates       = 40000,
}
