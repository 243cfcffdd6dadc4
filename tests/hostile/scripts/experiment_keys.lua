-- expect: script_error experiment
-- says: experiment: unknown option '\027[2J
local e = {}
for i = 1, 100000 do e[("\27[2J"):rep(3) .. i] = i end
return e
