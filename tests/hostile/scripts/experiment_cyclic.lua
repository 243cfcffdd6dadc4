-- expect: script_error experiment
-- says: description is table; expected text
local e = { environment = "fry_shacks", reward = 0, schedule = "uniform_hunger", algorithm = "policy_gradient", learning_rate = 1, updates = 1 }
e.policy = { "linear", "categorical" }
e.description = e
return e
