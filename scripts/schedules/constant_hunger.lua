-- The same hunger every time.
local o = options(..., { hunger = 0 })
return function() return { hunger = o.hunger } end
