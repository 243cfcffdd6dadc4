-- expect: script_error reward
-- says: an error that is a thread; raise a string
return function(s) error(coroutine.create(print)) end -- here
