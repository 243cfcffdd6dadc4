-- expect: script_error algorithm
-- says: enough
return function(run, policy, optimizer, learning_rate)
  for _ = 1, 20 do
    local co = coroutine.create(function()
      differentiate(function(x) coroutine.yield() return sum(x) end, lure.ones(3))
    end)
    assert(not coroutine.resume(co))
    local x <close> = setmetatable({}, { __close = function() pcall(differentiate, function(x) return sum(x) end, lure.ones(2)) end })
    pcall(coroutine.wrap(function() differentiate(function(x) error("no") end, lure.ones(3)) end))
    local loss = differentiate(function(x) return sum(x * x) end, lure.ones(3))
    assert(loss == 3)
  end
  error("enough") -- here
end
