-- Sure and chancy portions, each under three ways of getting hungry, ten seeds: 60 runs.
return {
  experiments = { "fry_shacks", "fry_shacks_chance" },
  vary = { schedule = { "uniform_hunger", "alternating_hunger", "narrowing_hunger" } },
  seeds = { from = 1, to = 10 },
}
