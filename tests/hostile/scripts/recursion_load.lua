-- expect: script_error reward
local function deep() return load(deep) end -- here
return function(s) return deep()() end
