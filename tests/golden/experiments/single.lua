return {
  environment   = "cartpole",
  algorithm     = "golden",
  learning_rate = { "cosine", peak = 3e-3, last = 1e-4 },
  optimizer     = { "adam", epsilon = 1e-5, clip_norm = 0.5 },
  policy        = { { "linear", 64 }, "tanh", { "linear", 64 }, "tanh", "linear", "categorical",
                    value = { { "linear", 64 }, "tanh", { "linear", 64 }, "tanh", "linear" } },
  updates       = 200,
  seeds         = { 1 },
}
