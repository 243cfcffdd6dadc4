-- expect: what it gives does not do for fry_shacks
-- with: --environment fry_shacks
return function() return { hunger = "ravenous" } end
