-- Cliff walking (Sutton & Barto 2018, example 6.6): Q-learning learns the short way along the edge, and, exploring,
-- falls off it.
return {
  environment   = "cliff_walking",
  algorithm     = { "q_learning", gamma = 1, start_e = 0.1, end_e = 0.1 },
  learning_rate = { "constant", rate = 0.5 },
  policy        = { { "linear", weight = 0, bias = 0, train = { "weight" } }, "action_values" },
  one_hot       = true,
  max_steps     = 1000,
  updates       = 20000,
}
