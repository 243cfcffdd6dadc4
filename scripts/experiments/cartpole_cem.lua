-- CartPole without gradients: four weights a push, drawn and drawn again around the best fifth.
return {
  environment   = "cartpole",
  algorithm     = { "cross_entropy_method", population = 30, elite_fraction = 0.2, episodes = 2, noise = 0.2 },
  policy        = { { "linear", weight = 0, bias = 0 }, "action_values" },
  updates       = 20,
}
