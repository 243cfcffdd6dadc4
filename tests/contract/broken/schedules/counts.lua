-- expect: asked in another order; expected the same
local n = 0
return function()
  n = n + 1
  return { hunger = n % 2 }
end
