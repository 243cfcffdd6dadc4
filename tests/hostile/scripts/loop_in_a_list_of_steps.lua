-- expect: limit_step_time reward
-- each pcall of the way up tries to go on
local function deep(n)
  if n == 0 then while true do end end -- here
  while true do pcall(deep, n - 1) end
end
return function(s) return deep(60) end
