-- expect: script_error reward
-- says: malformed pattern
return function(s) return ("x"):rep(100):find("[%") end -- here
