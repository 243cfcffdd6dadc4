-- expect: script_error reward
-- says: mine is the last word
local raising = setmetatable({}, { __close = function() error("mine is the last word") end }) -- here
local base = ("x"):rep(1 << 12)
return function(s)
  local x <close> = raising
  local t = {}
  for i = 1, math.huge do t[i] = base:rep(256) end
end
