-- expect: observation 'hunger' (number 1) is nil
return {
  environment   = "fry_shacks",
  reward        = "right_portion",
  learning_rate = { "constant", rate = 1.0 },
  algorithm     = "policy_gradient",
  policy        = { { "linear", weight = 20, bias = 0, train = { "bias" } }, "bernoulli" },
  updates       = 20,
}
