-- expect: limit_step_time schedule
return function(rng) while true do rng:uniform(0, 1) end end -- here
