-- A day on fry street, from easy days with a full purse at Norm's to the whole day with none. Illegal actions are
-- masked.
-- Without the schedule it learns to rest until it faints: nothing pays before the first coins have become fries.
return {
  environment   = "fry_street",
  schedule      = "shrinking_purse",
  learning_rate = { "linear", first = 0.005, last = 0.0005 },
  algorithm     = { "reinforce", episodes = 40, gamma = 1 },
  optimizer     = "adam",
  policy        = { { "linear", 32 }, "tanh", "linear", "categorical" },
  one_hot = true, normalize_observation = true, -- the place as one of seven, the rest on one scale
  updates       = 1500, seeds = { from = 1, to = 5 },
}
