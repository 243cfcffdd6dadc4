-- expect: script_error reward
local t = {}
setmetatable(t, { __pairs = function(t) return pairs(t) end }) -- here
return function(s) for _ in pairs(t) do end return 0 end -- here
