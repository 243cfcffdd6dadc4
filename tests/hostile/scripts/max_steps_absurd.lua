-- expect: script_error environment
-- says: max_steps
return { actions = { "a", "b" }, observation = { "x" }, max_steps = 0 / 0,
         reset = function(s) s.x = 0 end, step = function() return true end, reward = function() return 0 end }
