-- expect: ok reward
return function(s)
  local co = coroutine.create(function() coroutine.yield() end)
  assert(not pcall(coroutine.close, coroutine.running()))
  assert(not coroutine.resume(coroutine.running()))
  coroutine.resume(co)
  assert(coroutine.close(co) and coroutine.close(co) and not coroutine.resume(co))
  local self
  self = coroutine.create(function() assert(not pcall(coroutine.close, self)) assert(not coroutine.resume(self)) return 1 end)
  assert(coroutine.resume(self))
  local outer
  outer = coroutine.create(function() local inner = coroutine.wrap(function() assert(not pcall(coroutine.close, outer)) end) inner() end)
  assert(coroutine.resume(outer))
  local w
  w = coroutine.wrap(function() return pcall(w) end)
  assert(w() == false and not pcall(w))
  assert(not pcall(coroutine.resume, nil) and not pcall(coroutine.create, 1) and not pcall(coroutine.wrap, {}))
  assert(not pcall(coroutine.resume, coroutine.create(print), table.unpack({}, 1, 100000)) or true)
  return (s.portion == "large") == (s.hunger > 0.5) and 1 or -1
end
