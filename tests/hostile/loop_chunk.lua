-- expect: limit_step_time reward
-- says: time limit: no step or update finished for 0.3 seconds
while true do end -- here
