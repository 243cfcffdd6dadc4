-- expect: script_error reward
-- says: out of limits
return function(s) return #string.pack("!99 i99", 1) end -- here
