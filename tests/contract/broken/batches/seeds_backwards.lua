-- expect: from is after to
return {
  experiments = { "fry_shacks" },
  vary = { ["learning_rate.rate"] = { 0.1, 1.0 } },
  seeds = { from = 3, to = 1 },
}
