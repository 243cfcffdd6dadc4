-- Its first update takes some seconds.
return { environment = "fry_shacks", schedule = "uniform_hunger", reward = "right_portion", learning_rate = 1.0, updates = 5,
  algorithm = "algorithms/deaf.lua", optimizer = "sgd", policy = { "linear", "bernoulli" }, limits = { step_seconds = 60 } }
