-- expect: limit_step_time experiment
while true do end -- here
