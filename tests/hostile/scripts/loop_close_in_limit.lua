-- expect: limit_step_time reward
-- what is closed because of the limit loops as well
local spinning = setmetatable({}, { __close = function() while true do end end }) -- here
return function(s)
  local x <close> = spinning
  local y <close> = spinning
  while true do end -- here
end
