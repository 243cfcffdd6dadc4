return {
  environment = "environments/wander.lua", algorithm = "algorithms/plain.lua", schedule = "schedules/further.lua",
  learning_rate = "learning_rates/falling.lua", optimizer = { "rmsprop", momentum = 0.5 },
  policy = { { "gru", 5 }, "linear", "categorical" }, normalize_observation = true, normalize_reward = true,
  updates = 200, frame_stack = 2, clip_reward = 5,
}
