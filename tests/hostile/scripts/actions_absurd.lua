-- expect: script_error environment
return { actions = setmetatable({}, { __index = function(_, i) return "a" .. i end, __len = function() return math.maxinteger end }), observation = { "x" },
         reset = function(s) s.x = 0 end, step = function() return true end, reward = function() return 0 end }
