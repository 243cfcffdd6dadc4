-- Cannot be planned.
return { environment = "fry_shacks", reward = "right_portion", schedule = "uniform_hunger", learning_rate = 1.0, updates = 5,
  algorithm = "policy_gradient", optimizer = "sgd", policy = { "linear", "no_such_policy" } }
