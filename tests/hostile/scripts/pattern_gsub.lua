-- expect: limit_step_time reward
return function(s) return select(2, ("("):rep(300000):gsub("%b()", "")) end -- here
