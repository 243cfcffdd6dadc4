-- expect: script_error experiment
-- says: nested more than 32 deep (or a table inside itself)
local e = { environment = "fry_shacks", reward = 0, algorithm = "policy_gradient", learning_rate = 1, updates = 1 }
e.schedule = { "listed_hunger", hungers = { e } }
e.policy, e.e = { "linear", "categorical" }, nil
return e
