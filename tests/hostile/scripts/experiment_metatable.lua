-- expect: script_error experiment
return setmetatable({}, { __index = function(_, key) return key == "environment" and "fry_shacks" or key == "seeds" and { 1 } or setmetatable({}, getmetatable("")) end,
                          __pairs = function() while true do end end })
