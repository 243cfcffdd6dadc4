-- expect: limit_step_time reward
local spinning = setmetatable({}, { __close = function() while true do end end }) -- here
return function(s)
  local co = coroutine.create(function() local x <close> = spinning coroutine.yield() end)
  coroutine.resume(co)
  coroutine.close(co)
  return 0
end
