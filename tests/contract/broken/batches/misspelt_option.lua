-- expect: unknown option 'rat'; did you mean 'rate'
return {
  experiments = { "fry_shacks" },
  vary = { ["learning_rate.rat"] = { 0.1, 1.0 } },
  seeds = { from = 1, to = 3 },
}
