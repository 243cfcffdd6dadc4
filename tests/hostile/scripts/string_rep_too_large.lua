-- expect: script_error reward
-- says: resulting string too large
return function(s) return #("x"):rep(math.maxinteger) end -- here
