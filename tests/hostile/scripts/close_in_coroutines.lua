-- expect: ok reward
return function(s)
  local closed = 0
  local function closing() return setmetatable({}, { __close = function() closed = closed + 1 error("again") end }) end
  for _ = 1, 50 do
    local co = coroutine.create(function() local a <close> = closing() coroutine.yield() end)
    coroutine.resume(co)
    assert(not coroutine.close(co))
    assert(not pcall(coroutine.wrap(function() local a <close> = closing() error("first") end)))
  end
  assert(closed == 100)
  return (s.portion == "large") == (s.hunger > 0.5) and 1 or -1
end
