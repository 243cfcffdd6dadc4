-- expect: but the algorithm's discount is 0.9; expected the same
return {
  environment = "cartpole",
  reward      = { "towards_upright", discount = 0.99 },
  algorithm   = { "reinforce", episodes = 2, gamma = 0.9 },
  learning_rate = 0.01,
  optimizer   = "adam",
  policy      = { "linear", "categorical" },
  updates     = 10,
}
