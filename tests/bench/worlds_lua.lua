-- worlds_lua.lua: worlds_loop.lua in Lua's own interpreter, with libm's sine and math.random. Prints, for every line of
-- stdin, the nanoseconds of a step and the mean length of an episode. Run from the project's root.
rawset(_G, "options", function(_, defaults) return defaults end) -- the one word of the engine that the world needs
local world = dofile("environments/cartpole.lua")
local rng = {}
function rng:uniform(low, high) return low + (high - low) * math.random() end
local loop = dofile("tests/bench/worlds_loop.lua")(world, rng)

local SECONDS = 0.1
local steps = 10000
for _ in io.lines() do
  local taken, episodes
  while true do
    local started = os.clock()
    episodes = loop(steps)
    taken = os.clock() - started
    if taken >= SECONDS then break end
    steps = math.floor(steps * 1.2 * SECONDS / math.max(taken, SECONDS / 50)) + 1
  end
  print(("%.3f %.3f"):format(taken / steps * 1e9, steps / episodes))
  io.stdout:flush()
  steps = math.max(10000, math.floor(steps / 1.1)) -- so that a clock that slowed down once is not paid for for ever
end
