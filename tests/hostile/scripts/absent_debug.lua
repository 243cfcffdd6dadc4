-- expect: script_error reward
-- says: undefined variable 'debug'
return function(s) return debug.sethook() end -- here
