-- expect: script_error reward
-- says: too many results to unpack
return function(s) return select("#", table.unpack({}, 1, 50000000)) end -- here
