-- The gradient bandit: nothing to see, so the policy is its ten biases; the mean payout is the baseline.
return {
  environment   = { "k_armed_bandit", k = 10, seed = 1 },
  learning_rate = { "constant", rate = 1.0 },
  algorithm     = { "reinforce", episodes = 20, gamma = 1, baseline = "mean", normalize = false },
  optimizer     = "sgd",
  policy        = { { "linear", bias = 0 }, "categorical" },
  updates       = 500, seeds = { 1 },
}
