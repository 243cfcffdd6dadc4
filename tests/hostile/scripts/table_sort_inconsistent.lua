-- expect: ok reward
-- a comparison that is no order: some order comes out, in all runs the same
return function(s)
  local t, flip = {}, false
  for i = 1, 500 do t[i] = i end
  table.sort(t, function() flip = not flip return flip end)
  table.sort(t, function() return true end)
  table.sort(t, function(a, b) return a <= b end)
  return (s.portion == "large") == (s.hunger > 0.5) and 1 or -1
end
