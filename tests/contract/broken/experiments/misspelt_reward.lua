-- expect: reward 'rihgt_portion' not found; did you mean 'right_portion'
return {
  environment   = "fry_shacks",
  reward        = "rihgt_portion",
  schedule      = "uniform_hunger",
  learning_rate = { "constant", rate = 1.0 },
  algorithm     = "policy_gradient",
  policy        = { { "linear", weight = 20, bias = 0, train = { "bias" } }, "bernoulli" },
  updates       = 20,
}
