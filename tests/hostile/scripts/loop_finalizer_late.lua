-- expect: ok reward
-- a __gc that comes into a metatable later is never called
return function(s)
  local metatable = {}
  for _ = 1, 100 do setmetatable({}, metatable) end
  metatable.__gc = function() while true do end end
  collectgarbage()
  return (s.portion == "large") == (s.hunger > 0.5) and 1 or -1
end
