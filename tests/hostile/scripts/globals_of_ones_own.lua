-- expect: ok reward
-- what a script does to its own globals it does to itself
local keep = { assert = assert, rawset = rawset, load = load, pcall = pcall }
rawset(_G, "pairs", nil)
rawset(_G, "print", function() while true do end end)
rawset(_G, "_G", nil)
local _ENV = setmetatable({}, { __index = keep })
function invented(s) return (s.portion == "large") == (s.hunger > 0.5) and 1 or -1 end
assert(load("return type(pairs) == 'function' and type(_G) == 'table'")())
return invented
