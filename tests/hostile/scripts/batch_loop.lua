-- expect: limit_step_time batch
-- says: time limit: no step or update finished for 5.0 seconds
while true do end -- here
