-- expect: ok reward
-- with: limits = { step_seconds = 5, memory_mb = 64 }, updates = 2
local function deep(n) return 1 + deep(n + 1) end
local function deeper(n) return 1 + select(2, pcall(deeper, n + 1)) end
return function(s)
  assert(not pcall(deep, 0) and not pcall(deeper, 0))
  return (s.portion == "large") == (s.hunger > 0.5) and 1 or -1
end
