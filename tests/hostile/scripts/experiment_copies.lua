-- expect: script_error experiment
-- says: copies
return { environment = "fry_shacks", reward = 0, schedule = "uniform_hunger", algorithm = "policy_gradient", learning_rate = 1, policy = { "linear", "categorical" },
         updates = 1, copies = 1e300 }
