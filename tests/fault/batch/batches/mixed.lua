-- Short runs, longer ones, some that fail and one that cannot be planned; 40 and 40.0 are one value, so a third are twins.
return {
  experiments = { "experiments/short.lua", "experiments/moody.lua", "experiments/far.lua", "experiments/breaks.lua",
                  "experiments/wrong.lua" },
  vary = { updates = { 40, 40.0, 25 } },
  seeds = { 1, 2, 3 },
}
