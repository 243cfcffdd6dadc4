return {
  environment   = "cartpole",
  algorithm     = "ppo_loss",
  learning_rate = { "linear", first = 1e-3, last = 0 },
  optimizer     = { "adam", epsilon = 1e-5, clip_norm = 0.5 },
  policy        = { { "linear", 64 }, "tanh", { "linear", 64 }, "tanh",
                    { "linear", init = "orthogonal", gain = 0.01 }, "categorical",
                    value = { { "linear", 64 }, "tanh", { "linear", 64 }, "tanh", "linear" } },
  updates       = 60,
}
