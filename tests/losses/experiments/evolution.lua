return {
  environment   = "cartpole",
  algorithm     = "evolution",
  learning_rate = 0.5,
  optimizer     = "sgd",
  policy        = { { "linear", weight = 0, bias = 0 }, "categorical" },
  updates       = 60,
}
