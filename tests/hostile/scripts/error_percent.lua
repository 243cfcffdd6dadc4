-- expect: script_error reward
-- says: %s%n%s%d 100%
return function(s) error("%s%n%s%d 100%") end -- here
