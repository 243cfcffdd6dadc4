-- expect: script_error reward
-- says: '__index' chain too long
local t = {}
setmetatable(t, { __index = t })
return function(s) return t.x end -- here
