-- The lesson: train one bias by policy gradients.
return {
  environment   = "fry_shacks",
  reward        = "right_portion",
  schedule      = "uniform_hunger",
  learning_rate = { "constant", rate = 1.0 },
  algorithm     = "policy_gradient",
  optimizer     = "sgd",
  policy        = { { "linear", weight = 20, bias = 0, train = { "bias" } }, "bernoulli" },
  precision     = "double", updates = 2000, seeds = { 1 },
}
