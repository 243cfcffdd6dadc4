-- expect: script_error reward
local t = setmetatable({}, { __index = function(t, k) return t[k + 1] end }) -- here
return function(s) return t[1] end
