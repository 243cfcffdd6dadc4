-- expect: script_error reward
-- says: an error that is nil; raise a string
return function(s) error() end -- here
