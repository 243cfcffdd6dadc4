-- expect: script_error reward
-- says: C stack overflow
local function deep() return coroutine.wrap(deep)() end -- here
return function(s) return deep() end
