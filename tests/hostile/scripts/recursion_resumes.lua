-- expect: script_error reward
-- says: C stack overflow
local function deep()
  local ok, message = coroutine.resume(coroutine.create(deep))
  if not ok then error(message, 0) end -- here
end
return function(s) return deep() end
