-- expect: script_error reward
-- says: table.sort: 9223372036854775807 elements are too many
local t = setmetatable({}, { __len = function() return math.maxinteger end })
return function(s) table.sort(t) return 0 end -- here
