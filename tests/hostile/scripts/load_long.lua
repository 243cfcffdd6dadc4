-- expect: script_error reward
-- says: load: a text of more than 4194304 bytes
return function(s) return load(("x = 1 "):rep(1000000)) and 1 end -- here
