-- Some seconds' work: many that are short and some that are written down in the middle.
return { experiments = { "experiments/short.lua", "experiments/far.lua" }, set = { updates = 2000 }, seeds = { 1, 2 } }
