-- expect: script_error reward
-- says: a text of its own
return function(s) error(setmetatable({}, { __tostring = function() return "a text of its own" end })) end -- here
