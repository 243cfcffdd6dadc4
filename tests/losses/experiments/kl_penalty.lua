return {
  environment   = "cartpole",
  algorithm     = "kl_penalty",
  learning_rate = 0.01,
  optimizer     = "adam",
  policy        = { trunk = { { "linear", 32 }, "tanh" }, "linear", "categorical" },
  updates       = 60,
}
