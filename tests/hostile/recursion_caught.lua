-- expect: ok reward
local function deep(n) return 1 + deep(n + 1) end
local function deeper(n) return 1 + select(2, pcall(deeper, n + 1)) end
return function(s)
  for _ = 1, 3 do assert(not pcall(deep, 0)) end
  assert(not pcall(deeper, 0))
  return (s.portion == "large") == (s.hunger > 0.5) and 1 or -1
end
