-- expect: script_error reward
-- says: attempt to yield across a C-call boundary
return function(s)
  local yielding = function() coroutine.yield() end -- here
  for _ = 1, 3 do coroutine.wrap(function() return ("x"):gsub("x", yielding) end)() end -- here
  return 0
end
