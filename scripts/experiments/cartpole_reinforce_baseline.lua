-- CartPole by REINFORCE whose baseline is a value learned beside: 1,000 episodes in batches of five.
return {
  environment   = "cartpole",
  algorithm     = { "reinforce", episodes = 5, gamma = 0.99, baseline = "learned", normalize = true },
  learning_rate = { "linear", first = 0.02, last = 0.0005 },
  optimizer     = { "adam", clip_norm = 0.5 },
  policy        = { { "linear", 16 }, "tanh", "linear", "categorical", value = { { "linear", 16 }, "tanh", "linear" } },
  normalize_reward = true,
  updates       = 200, seeds = { from = 1, to = 5 },
}
