-- Long enough to be written down in the middle; evaluated, so there is a best.safetensors.
return {
  environment = "environments/wander.lua", algorithm = "algorithms/plain.lua", schedule = "schedules/further.lua",
  optimizer = { "rmsprop", momentum = 0.5 }, policy = { { "gru", 5 }, "linear", "categorical" },
  normalize_observation = true, learning_rate = 0.01, updates = 40, evaluate = { every = 20, episodes = 2 },
}
