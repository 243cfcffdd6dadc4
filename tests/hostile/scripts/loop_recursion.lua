-- expect: limit_step_time reward
-- Lua needs longer than a tick of the clock to be told of the limit when so many calls are under way
local function deep(n) return 1 + deep(n + 1) end -- here
return function(s)
  while true do pcall(deep, 0) end -- here
end
