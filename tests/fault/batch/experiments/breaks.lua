-- Fails after some updates, so there are rows of a run that failed.
return { environment = "fry_shacks", schedule = "uniform_hunger", reward = "right_portion", learning_rate = 1.0, updates = 20,
  algorithm = "algorithms/breaks.lua", optimizer = "sgd", policy = { "linear", "bernoulli" } }
