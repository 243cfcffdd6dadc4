-- expect: limit_step_time reward
return function(s) return #("x"):rep(5000):match((".-"):rep(12) .. "y") end -- here
