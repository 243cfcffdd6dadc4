-- CartPole by deep Q-learning: 50,000 steps, learning from 128 of the past at a time as often as every second step.
return {
  environment   = "cartpole",
  algorithm     = { "dqn", buffer_size = 100000, learning_starts = 1000, batch_size = 128, train_frequency = 256,
                    gradient_steps = 128, target_network_frequency = 256, exploration_fraction = 0.16, end_e = 0.04 },
  learning_rate = { "linear", first = 2.3e-3, last = 0 },
  optimizer     = { "adam", clip_norm = 10 },
  policy        = { { "linear", 128 }, "relu", { "linear", 128 }, "relu", "linear", "action_values" },
  updates       = 191,
}
