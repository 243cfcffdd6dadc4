-- expect: limit_memory experiment
return {
  environment = "fry_shacks", reward = 0, schedule = "uniform_hunger", algorithm = "policy_gradient", learning_rate = 1,
  policy = { { "linear", 1000000 }, { "linear", 1000000 }, "bernoulli" }, updates = 1,
}
