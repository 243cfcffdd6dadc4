-- Fails for some seeds.
return {
  environment = "fry_shacks", reward = "moody", schedule = "uniform_hunger", learning_rate = 1.0,
  algorithm = "policy_gradient", optimizer = "sgd", precision = "double", updates = 20,
  policy = { { "linear", weight = 20, bias = 0, train = { "bias" } }, "bernoulli" },
}
