return {
  environment = "cartpole", algorithm = { "ppo", num_steps = 32 }, learning_rate = { "linear", first = 0.001, last = 0 },
  optimizer = { "adam", epsilon = 1e-5, clip_norm = 0.5 },
  policy = { trunk = { { "linear", 16 }, "tanh" }, value = { "linear" }, "linear", "categorical" },
  copies = 4, updates = 100, normalize_observation = true, normalize_reward = true, frame_stack = 2, clip_observation = 5,
  stop_early = { episodic_return = 400, window = 20 },
}
