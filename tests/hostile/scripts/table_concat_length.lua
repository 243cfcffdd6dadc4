-- expect: script_error reward
-- says: table.concat: 9223372036854775807 elements are too many
return function(s) return table.concat({}, "", 1, math.maxinteger) end -- here
