-- expect: ok environment
-- a stream that is kept and drawn from later: at another time, another number, in every run the same
local kept
local world = { actions = { "a", "b" }, observation = { "x" }, max_steps = 3 }
function world.reset(s, rng) s.x, kept = kept and kept:uniform() or 0, rng end
function world.step(s) s.x = kept:normal(0, 1) return false end
function world.reward(s) return kept:integer(math.mininteger // 2, math.maxinteger // 2) > 0 and 1 or 0 end
return world
