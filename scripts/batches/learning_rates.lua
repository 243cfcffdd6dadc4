-- Three rates, two rewards, thirty seeds: 180 runs.
return {
  experiments = { "fry_shacks" },
  vary = { ["learning_rate.rate"] = { 0.1, 0.5, 1.0 },
           reward = { "right_portion", { "right_portion", right = 2, wrong = -2 } } },
  seeds = { from = 1, to = 30 },
}
