-- NAME: what is compared here, in one line. Runs = experiments x values x seeds, here 1 x 3 x 5.
return {
  experiments = { "fry_shacks" },                           -- names or paths
  vary = { ["learning_rate.rate"] = { 0.1, 0.5, 1.0 } },    -- dotted key = list of values; all combinations
  -- tie = { a = { 1, 2 }, b = { 3, 4 } } lets options change together, sample draws them: scripts/batches/README.md
  seeds = { from = 1, to = 5 },
}
