-- expect: ok environment
local world = { actions = { "a", "b" }, observation = { "x" }, max_steps = 3 }
function world.reset(s) s.x, s.f, s.co = 0, function() return s end, coroutine.create(function() while true do coroutine.yield(1) end end) end
function world.step(s) coroutine.resume(s.co) return s.f() ~= s end
function world.reward(s) return 1 end
return world
