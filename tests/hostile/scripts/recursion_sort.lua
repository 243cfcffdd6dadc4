-- expect: script_error reward
-- says: C stack overflow
local function deep(a, b) table.sort({ 1, 2, 3 }, deep) return a < b end -- here
return function(s) return deep(1, 2) and 1 or 0 end
