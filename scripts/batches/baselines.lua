-- What does a baseline buy? CartPole with and without, scaled and not, five seeds: 20 runs.
return {
  experiments = { "cartpole_reinforce" },
  vary = { ["algorithm.baseline"] = { "none", "mean" }, ["algorithm.normalize"] = { false, true } },
  seeds = { from = 1, to = 5 },
}
