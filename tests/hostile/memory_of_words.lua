-- expect: limit_memory environment
local words = {}
for i = 1, 1e7 do words[i] = "action " .. i end -- here
return { actions = words, observation = { "x" }, reset = function(s) s.x = 0 end, step = function() return true end, reward = function() return 0 end }
