-- expect: limit_step_time reward
local function nest(depth)
  if depth == 0 then while true do end end -- here
  local co = coroutine.create(nest)
  coroutine.resume(co, depth - 1)
end
return function(s)
  nest(50)
  return 0
end
