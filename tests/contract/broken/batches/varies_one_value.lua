-- expect: expected a list of values
return {
  experiments = { "fry_shacks" },
  vary = { ["learning_rate.rate"] = 0.1 },
  seeds = { from = 1, to = 3 },
}
