-- expect: script_error reward
-- says: too long
return function(s) return select("#", ("x"):rep(1 << 24):byte(1, -1)) end -- here
