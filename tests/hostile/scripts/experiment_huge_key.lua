-- expect: script_error experiment
-- says: experiment: unknown option 'xxx
-- says: (experiment 'experiment_huge_key')
return { [("0123456789"):rep(1000000):gsub("%d", "x", 100)] = 1 }
