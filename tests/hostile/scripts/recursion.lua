-- expect: script_error reward
-- says: stack overflow
local function deep(n) return 1 + deep(n + 1) end -- here
return function(s) return deep(0) end
