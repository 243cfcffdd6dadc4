-- expect: limit_memory reward
local raising = setmetatable({}, { __close = function() error("mine is the last word") end })
return function(s)
  local x <close> = raising
  local t = {}
  for i = 1, math.huge do t[i] = { i } end -- here
end
