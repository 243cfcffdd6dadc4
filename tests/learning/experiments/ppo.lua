-- What tests/learning asks PPO with: two networks of sixteen hidden units, choices seen as one number each.
return {
  environment   = "identity",
  copies        = 8,
  algorithm     = { "ppo", num_steps = 32, gamma = 0.95 },
  learning_rate = { "linear", first = 0.01, last = 0.001 },
  optimizer     = { "adam", clip_norm = 0.5 },
  policy        = { { "linear", 16 }, "tanh", "linear", "categorical", value = { { "linear", 16 }, "tanh", "linear" } },
  one_hot       = true,
  updates       = 60,
}
