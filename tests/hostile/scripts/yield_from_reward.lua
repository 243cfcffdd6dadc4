-- expect: script_error reward
-- says: attempt to yield from outside a coroutine
return function(s) coroutine.yield(1) return 0 end -- here
