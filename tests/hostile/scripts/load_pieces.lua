-- expect: script_error reward
-- says: load: a text of more than 4194304 bytes
local piece = (" "):rep(65536)
return function(s) return load(function() return piece end) and 1 end -- here
