-- Say again what was shown before, by a policy that remembers it itself: a gru, trained by PPO on whole sequences.
return {
  environment   = "memory",
  copies        = 16,
  algorithm     = { "ppo", num_steps = 50, num_minibatches = 4, update_epochs = 4, gamma = 0.9, ent_coef = 0.01 },
  learning_rate = { "linear", first = 5e-3, last = 0 },
  optimizer     = { "adam", clip_norm = 0.5 },
  policy        = { trunk = { { "gru", 16 } }, "linear", "categorical", value = { "linear" } },
  one_hot       = true,
  updates       = 60, seeds = { from = 1, to = 5 },
}
