-- expect: script_error reward
-- says: stack overflow
local V = {}
V.__concat = function(a, b) return "x" .. setmetatable({}, V) end -- here
return function(s) return #("a" .. setmetatable({}, V)) end
