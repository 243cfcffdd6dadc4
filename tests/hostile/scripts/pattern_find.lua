-- expect: limit_step_time reward
return function(s) return ("a"):rep(40):find(("a-"):rep(20) .. "b") end -- here
