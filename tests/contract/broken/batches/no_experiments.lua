-- expect: expected a list of names
return {
  experiments = {},
  vary = { ["learning_rate.rate"] = { 0.1, 1.0 } },
  seeds = { from = 1, to = 3 },
}
