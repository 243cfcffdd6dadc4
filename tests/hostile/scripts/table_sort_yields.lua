-- expect: script_error reward
-- says: attempt to yield across a C-call boundary
return function(s)
  coroutine.wrap(function() table.sort({ 2, 1 }, coroutine.yield) end)() -- here
  return 0
end
