-- expect: script_error reward
-- says: '__index' chain too long; possibly a loop
local t = {}
setmetatable(t, { __index = t })
return function(s) return t.x end -- here
