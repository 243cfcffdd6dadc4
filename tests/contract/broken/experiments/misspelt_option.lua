-- expect: unknown option 'rat'; did you mean 'rate'
return {
  environment   = "fry_shacks",
  reward        = "right_portion",
  schedule      = "uniform_hunger",
  learning_rate = { "constant", rat = 1.0 },
  algorithm     = "policy_gradient",
  policy        = { { "linear", weight = 20, bias = 0, train = { "bias" } }, "bernoulli" },
  updates       = 20,
}
