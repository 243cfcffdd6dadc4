return {
  environment = "cartpole", algorithm = "algorithms/much.lua", learning_rate = { "steady_kl", start = 0.01 },
  optimizer = { "adam", clip_norm = 0.5 }, policy = { { "linear", 8 }, "tanh", "linear", "categorical" },
  copies = 2, updates = 150, evaluate = { every = 20, episodes = 3 },
}
