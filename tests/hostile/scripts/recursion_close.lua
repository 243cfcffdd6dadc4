-- expect: script_error reward
-- says: coroutine.close: nested more than 100 deep
-- a chain of coroutines, each of which closes the one before
return function(s)
  local inner
  for i = 1, 600 do
    local last = inner
    inner = coroutine.create(function()
      local x <close> = setmetatable({}, { __close = function()
        if last then
          local ok, message = coroutine.close(last) -- here
          if not ok then error(message, 0) end
        end
      end })
      coroutine.yield()
    end)
    coroutine.resume(inner)
  end
  local ok, message = coroutine.close(inner) -- here
  error(ok and "it was closed" or message, 0) -- here
end
