-- expect: script_error reward
-- says: enough
local function deep() return pcall(deep) end
return function(s)
  for _ = 1, 100 do deep() end
  error("enough") -- here
end
