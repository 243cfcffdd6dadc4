-- expect: script_error reward
-- says: setmetatable: the metatable is protected
setmetatable(_G, nil) -- here
return function(s) return 0 end
