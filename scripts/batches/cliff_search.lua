-- Random search: which step size, and how much exploration at the end, does Q-learning want on the cliff?
-- 20 points, five seeds: 100 runs.
return {
  experiments = { "cliff_walking_q" },
  sample = {
    n = 20, seed = 1,
    ["learning_rate.rate"] = { "log_uniform", 0.01, 1 },
    ["algorithm.end_e"] = { "uniform", 0, 0.2 },
  },
  set = { updates = 2000 },
  seeds = { from = 1, to = 5 },
}
