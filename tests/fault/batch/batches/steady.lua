-- Some seconds' work: many that are short and some that are written down in the middle.
return { experiments = { "experiments/short.lua", "experiments/far.lua" }, set = { updates = 1000 }, seeds = { 1, 2, 3, 4, 5, 6, 7, 8 } }
