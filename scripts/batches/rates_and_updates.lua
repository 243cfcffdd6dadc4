-- Does a small rate get as far in as much longer a time? Rate and updates are tied, their product is the same;
-- ten seeds: 30 runs.
return {
  experiments = { "fry_shacks" },
  tie = { ["learning_rate.rate"] = { 0.1, 0.5, 1.0 }, updates = { 5000, 1000, 500 } },
  seeds = { from = 1, to = 10 },
}
