-- expect: limit_memory batch
local t, base = {}, ("x"):rep(1 << 16)
for i = 1, math.huge do t[i] = base:rep(16) .. i end -- here
