-- As few runs as show everything: one that is done, one that fails.
return { experiments = { "experiments/short.lua", "experiments/breaks.lua" }, set = { updates = 10 }, seeds = { 1 } }
