-- expect: script_error algorithm
-- says: attempt to yield across a C-call boundary
return function(run, policy, optimizer, learning_rate)
  local co = coroutine.wrap(function() differentiate(function() coroutine.yield(1) return 1 end, policy) end) -- here
  co() -- here
end
