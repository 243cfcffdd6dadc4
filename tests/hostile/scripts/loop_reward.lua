-- expect: limit_step_time reward
return function(s) while true do end end -- here
