-- expect: limit_step_time reward
return function(s)
  for _ in coroutine.wrap(function() while true do coroutine.yield(1) end end) do end -- here
  return 0
end
