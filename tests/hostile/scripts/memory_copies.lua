-- expect: limit_memory experiment
-- says: (environment 'cartpole')
-- says: limits.memory_mb
return {
  environment = "cartpole", algorithm = "reinforce", learning_rate = 1, policy = { "linear", "categorical" }, updates = 1,
  copies = 1000000,
}
