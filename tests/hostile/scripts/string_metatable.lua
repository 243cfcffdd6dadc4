-- expect: script_error reward
-- says: attempt to index a boolean value
getmetatable("").__index = function() while true do end end -- here
return function(s) return 0 end
