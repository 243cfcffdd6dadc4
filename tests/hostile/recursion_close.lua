-- expect: script_error reward
-- says: coroutine.close: nested more than 100 deep
local function deep()
  local co
  co = coroutine.wrap(function()
    local x <close> = setmetatable({}, { __close = function() coroutine.close(co) end })
    coroutine.yield()
  end)
  return co
end
return function(s)
  local inner
  for _ = 1, 20000 do
    local last = inner
    inner = coroutine.create(function()
      local x <close> = setmetatable({}, { __close = function() if last then assert(coroutine.close(last)) end end }) -- here
      coroutine.yield(deep)
    end)
    coroutine.resume(inner)
    if _ % 300 == 0 then assert(coroutine.close(inner)) end -- here
  end
  return 0
end
