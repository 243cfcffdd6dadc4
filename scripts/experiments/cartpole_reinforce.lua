-- CartPole by REINFORCE: 2,000 episodes in batches of five; the rate falls so that a good policy is kept.
return {
  environment   = "cartpole",
  learning_rate = { "linear", first = 0.02, last = 0.0005 },
  algorithm     = { "reinforce", episodes = 5, gamma = 0.99, baseline = "mean", normalize = true },
  optimizer     = "adam",
  policy        = { { "linear", 16 }, "tanh", "linear", "categorical" },
  updates       = 400, seeds = { from = 1, to = 5 },
}
