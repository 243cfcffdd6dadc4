-- CartPole without gradients through the policy: 16 tanh units moved to where noise did better.
return {
  environment   = "cartpole",
  algorithm     = { "evolution_strategies", pairs = 20, sigma = 0.1 },
  learning_rate = { "constant", rate = 0.05 },
  optimizer     = "adam",
  policy        = { { "linear", 16 }, "tanh", "linear", "action_values" },
  updates       = 100,
}
