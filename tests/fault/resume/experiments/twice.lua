return {
  environment = "cartpole", algorithm = "algorithms/twice.lua", learning_rate = 0.001,
  policy = { "linear", "categorical" }, updates = 120,
}
