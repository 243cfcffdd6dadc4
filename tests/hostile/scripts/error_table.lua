-- expect: script_error reward
-- says: an error that is a table; raise a string
return function(s) error({ "x" }) end -- here
