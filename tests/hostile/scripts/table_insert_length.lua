-- expect: script_error reward
-- says: table.insert: 9223372036854775807 elements are too many
local t = setmetatable({}, { __len = function() return math.maxinteger end })
return function(s) table.insert(t, 1, 0) return 0 end -- here
