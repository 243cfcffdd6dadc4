-- expect: limit_memory reward
return function(s) error(("!"):rep(50000000) .. "x") end -- here
