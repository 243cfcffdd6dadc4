-- expect: limit_memory reward
return function(s) return #("x"):rep(1 << 30) end -- here
