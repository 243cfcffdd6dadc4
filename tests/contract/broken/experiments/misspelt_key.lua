-- expect: unknown option 'learning_rates'; did you mean 'learning_rate'
return {
  environment   = "fry_shacks",
  reward        = "right_portion",
  schedule      = "uniform_hunger",
  learning_rates = { "constant", rate = 1.0 },
  algorithm     = "policy_gradient",
  policy        = { { "linear", weight = 20, bias = 0, train = { "bias" } }, "bernoulli" },
  updates       = 20,
}
