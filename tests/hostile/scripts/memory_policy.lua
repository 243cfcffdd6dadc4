-- expect: limit_memory experiment
-- says: limits.memory_mb
return {
  environment = "fry_shacks", reward = 0, schedule = "uniform_hunger", algorithm = "policy_gradient", learning_rate = 1,
  policy = { { "linear", 1000000 }, { "linear", 1000000 }, "linear", "categorical" }, updates = 1,
}
