-- expect: limit_step_time reward
return function(s)
  local co = coroutine.create(function() while true do end end) -- here
  coroutine.resume(co)
  return 0
end
