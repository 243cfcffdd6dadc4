return { experiments = { "experiments/short.lua" }, seeds = { from = 1, to = 40 } }
