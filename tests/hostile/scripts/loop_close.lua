-- expect: limit_step_time reward
local spinning = setmetatable({}, { __close = function() while true do end end }) -- here
return function(s)
  do local x <close> = spinning end
  return 0
end
