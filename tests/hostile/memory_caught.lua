-- expect: limit_memory reward
-- a pcall does not make more of it
return function(s)
  local keep = {}
  while true do pcall(function() while true do keep[#keep + 1] = ("x"):rep(1 << 20) .. #keep end end) end -- here
end
