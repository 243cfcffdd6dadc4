-- expect: script_error reward
-- says: C stack overflow
local t = setmetatable({}, { __tostring = function(t) return tostring(t) end }) -- here
return function(s) return #tostring(t) end
