-- expect: ok reward
return function(s)
  local n = 0
  for _ = math.maxinteger - 2, math.maxinteger do n = n + 1 end
  for _ = math.mininteger + 2, math.mininteger, -1 do n = n + 1 end
  for _ = 1, 0 / 0 do n = n + 1 end
  for _ = math.mininteger, math.maxinteger, math.maxinteger do n = n + 1 end
  assert(n == 9, n)
  assert(not pcall(function() for _ = 1, 2, 0 do end end) and not pcall(function() return 1 // 0 end) and not pcall(function() return 1 % 0 end))
  assert(math.mininteger // -1 == math.mininteger and math.mininteger % -1 == 0 and 1 << 64 == 0 and 1 << math.mininteger == 0)
  assert(math.tointeger(2 ^ 63) == nil and not pcall(math.random, math.maxinteger, math.mininteger) and math.random(0))
  assert(math.random(math.mininteger, math.maxinteger) and tonumber(("1"):rep(100000)) == math.huge and tonumber("0x" .. ("f"):rep(1000)) == -1)
  assert(tonumber("1e" .. ("9"):rep(1000)) == math.huge and tonumber("z", 36) == 35 and not pcall(tonumber, "1", 99))
  return (s.portion == "large") == (s.hunger > 0.5) and 1 or -1
end
