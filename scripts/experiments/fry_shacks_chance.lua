-- The lesson with portions that vary by chance: the bias still settles near -10, only more slowly.
return {
  environment   = { "fry_shacks_chance", squatch_large = 0.15, norm_large = 0.80 },
  reward        = "right_portion",
  schedule      = "uniform_hunger",
  learning_rate = { "inverse_time", first = 1.0, decay = 0.0005 },
  algorithm     = "policy_gradient",
  optimizer     = "sgd",
  policy        = { { "linear", weight = 20, bias = 0, train = { "bias" } }, "bernoulli" },
  precision     = "double", updates = 5000, seeds = { 1 },
}
