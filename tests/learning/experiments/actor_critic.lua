-- What tests/learning asks A2C with: two networks of sixteen hidden units, choices seen as one number each.
return {
  environment   = "identity",
  copies        = 16,
  algorithm     = { "actor_critic", num_steps = 10, gamma = 0.95, gae_lambda = 0.95, norm_adv = true },
  learning_rate = { "linear", first = 0.01, last = 0.001 },
  optimizer     = { "adam", clip_norm = 0.5 },
  policy        = { { "linear", 16 }, "tanh", "linear", "categorical", value = { { "linear", 16 }, "tanh", "linear" } },
  one_hot       = true,
  updates       = 400,
}
