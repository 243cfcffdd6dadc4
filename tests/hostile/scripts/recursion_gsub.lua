-- expect: script_error reward
-- says: C stack overflow
local function deep(text) return (text:gsub(".", deep)) end -- here
return function(s) return #deep("x") end
