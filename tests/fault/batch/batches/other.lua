-- Forty that take some milliseconds each.
return { experiments = { "experiments/short.lua" }, set = { updates = 3000 }, seeds = { from = 1, to = 40 } }
