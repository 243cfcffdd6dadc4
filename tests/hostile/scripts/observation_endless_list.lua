-- expect: script_error environment
local world = { actions = { "a", "b" }, observation = 1 }
function world.reset(s) end
function world.step(s) return true end
function world.observe(s) return setmetatable({}, { __index = function() return {} end, __len = function() return math.maxinteger end }) end -- here
function world.reward(s) return 1 end
return world
