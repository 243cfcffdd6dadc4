-- expect: track = "entropy" is not among the logged values
return {
  environment   = "fry_shacks",
  reward        = "right_portion",
  schedule      = "uniform_hunger",
  learning_rate = { "constant", rate = 1.0 },
  algorithm     = "policy_gradient",
  policy        = { { "linear", weight = 20, bias = 0, train = { "bias" } }, "bernoulli" },
  updates       = 20, track = "entropy",
}
