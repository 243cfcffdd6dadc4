-- expect: fry_shack' not found; did you mean 'fry_shacks'
return {
  experiments = { "fry_shack" },
  vary = { ["learning_rate.rate"] = { 0.1, 1.0 } },
  seeds = { from = 1, to = 3 },
}
