-- expect: script_error reward
-- says: setmetatable: __gc is refused in scripts
setmetatable({}, { __gc = function() while true do end end }) -- here
return function() return 0 end
