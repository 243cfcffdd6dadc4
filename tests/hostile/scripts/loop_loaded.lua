-- expect: limit_step_time reward
-- says: loaded:1: time limit
-- says: at rewards/loop_loaded.lua:5
-- a chunk has the name that it was given
return function(s) return load("while true do end", "=loaded")() + 1 end
