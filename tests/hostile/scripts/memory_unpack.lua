-- expect: ok reward
return function(s)
  assert(select("#", table.unpack({}, 1, 900000)) == 900000)
  assert(not pcall(table.unpack, {}, 1, 2000000))
  return (s.portion == "large") == (s.hunger > 0.5) and 1 or -1
end
