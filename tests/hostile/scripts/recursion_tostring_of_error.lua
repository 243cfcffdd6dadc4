-- expect: script_error reward
local t = setmetatable({}, { __tostring = function(t) error(t) end }) -- here
return function(s) error(t) end
