-- expect: limit_step_time reward
local function handler() while true do xpcall(error, print) end end
return function(s)
  xpcall(function() while true do end end, handler) -- here
  return 1
end
