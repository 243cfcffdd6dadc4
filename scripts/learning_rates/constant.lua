-- The same rate at every update.
local o = options(..., { rate = 1.0 })
return function() return o.rate end
