-- The lesson as a plain loop in Lua 5.4, a yardstick of the benchmark: everything in one place, locals only,
-- math.random. Nothing is stored. Usage: lua5.4 lesson.lua UPDATES SEED. Prints the loop's seconds (os.clock: those
-- of the processor, which can only favour this program) and the last bias.
local updates, seed = math.tointeger(tonumber(arg[1])), math.tointeger(tonumber(arg[2]))
math.randomseed(seed)
local exp, random, clock = math.exp, math.random, os.clock
local weight, rate = 20.0, 1.0
local bias = 0.0
local started = clock()
for _ = 1, updates do
  local hunger = random()
  local p = 1 / (1 + exp(-(weight * hunger + bias))) -- of visiting Norm
  local norm = random() >= 1 - p
  local derivative = norm and -(1 - p) or p -- of the cross-entropy by the bias
  local reward = norm == (hunger > 0.5) and 1 or -1
  bias = bias - rate * (derivative * reward)
end
print(("%.9f %.17g"):format(clock() - started, bias))
