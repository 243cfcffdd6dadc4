-- expect: host_io experiment
-- says: environment '../../../../etc/passwd\027[2J' not found
return { environment = "../../../../etc/passwd\27[2J", updates = 1, seeds = { 1 } }
