-- expect: script_error reward
-- says: undefined variable 'os'
return function(s) return os.execute("touch escaped") end -- here
