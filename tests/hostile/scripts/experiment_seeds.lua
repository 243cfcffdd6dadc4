-- expect: script_error experiment
-- says: seeds
return { environment = "fry_shacks", reward = 0, schedule = "uniform_hunger", algorithm = "policy_gradient", learning_rate = 1, policy = { "linear", "categorical" },
         updates = 1, seeds = { from = 1, to = math.maxinteger } }
