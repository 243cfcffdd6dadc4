-- expect: limit_memory reward
return function(s) error(("0123456789"):rep(4000000) .. "x") end -- here
