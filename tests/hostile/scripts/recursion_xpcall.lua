-- expect: script_error reward
-- says: enough
local function handler(e) return error(e) end
local function deep() return xpcall(deep, handler) end
return function(s)
  assert(not xpcall(error, handler, "x"))
  for _ = 1, 20 do deep() end
  error("enough") -- here
end
