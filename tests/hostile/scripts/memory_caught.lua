-- expect: limit_memory reward
-- a pcall does not make more of it
local base = ("x"):rep(1 << 12)
return function(s)
  local keep = {}
  while true do pcall(function() while true do keep[#keep + 1] = base:rep(1 << 8) end end) end -- here
end
