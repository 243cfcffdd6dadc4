-- expect: limit_step_time reward
local raising = setmetatable({}, { __close = function() error("mine is the last word") end }) -- here
return function(s)
  local x <close> = raising
  while true do end -- here
end
