-- expect: script_error reward
-- says: table.move: 9223372036854775806 elements are too many
return function(s) return table.move({}, 1, math.maxinteger - 1, 2) end -- here
