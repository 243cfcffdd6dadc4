-- expect: script_error reward
-- says: nan
return function(s) return 0 / 0 end -- here
