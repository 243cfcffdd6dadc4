-- expect: limit_memory environment
local words, base = {}, ("action "):rep(1 << 12)
for i = 1, 1e7 do words[i] = base:rep(20) .. i end -- here
return { actions = words, observation = { "x" }, reset = function(s) s.x = 0 end, step = function() return true end, reward = function() return 0 end }
