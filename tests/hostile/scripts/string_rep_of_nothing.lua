-- expect: script_error reward
-- says: string.rep: 9223372036854775807 repetitions are too many
return function(s) return #(""):rep(math.maxinteger) end -- here
