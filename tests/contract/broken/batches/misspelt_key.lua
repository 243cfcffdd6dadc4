-- expect: unknown option 'experiment'; did you mean 'experiments'
return {
  experiment = { "fry_shacks" },
  vary = { ["learning_rate.rate"] = { 0.1, 1.0 } },
  seeds = { from = 1, to = 3 },
}
