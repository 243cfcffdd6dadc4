-- Two short runs, one that fails and one that is long enough to be met in the middle, whose parameters are kept when they are best.
return {
  experiments = { "experiments/short.lua", "experiments/breaks.lua", "experiments/far.lua" }, seeds = { 1 },
  set = { updates = 100 },
}
