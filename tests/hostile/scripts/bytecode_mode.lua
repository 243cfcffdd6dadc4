-- expect: script_error reward
-- says: load: binary chunks are refused; pass text
return function(s) return load("return 1", "x", "b")() end -- here
