-- expect: host_io experiment
-- says: environment 'x/x/x/
return { environment = ("x/"):rep(100000), updates = 1 }
