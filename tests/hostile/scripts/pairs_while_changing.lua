-- expect: ok reward
return function(s)
  local t = {}
  for i = 1, 100 do t[i], t["k" .. i] = i, i end
  local n = 0
  for k in pairs(t) do
    n = n + 1
    t[k] = nil
    t["new " .. n] = n
    for i = 1, 10 do t[#t + i] = n end
  end
  assert(n >= 100 and n <= 200 and not pcall(next, {}, 1) and not pcall(next, t, "none"))
  assert(not pcall(function() t[0 / 0] = 1 end) and t[0 / 0] == nil and not pcall(rawset, t, nil, 1))
  assert(not pcall(function() for _ in pairs { [print] = 1 } do end end))
  return (s.portion == "large") == (s.hunger > 0.5) and 1 or -1
end
