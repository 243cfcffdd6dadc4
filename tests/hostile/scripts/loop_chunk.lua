-- expect: limit_step_time reward
-- says: time limit: no step or update finished for
-- says: (limits.step_seconds); look for an endless loop, or raise the limit (reward 'loop_chunk')
while true do end -- here
