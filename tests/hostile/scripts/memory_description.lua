-- expect: limit_memory experiment
local text = "x"
for _ = 1, 40 do text = text .. text end -- here
return { description = text }
