-- The lesson in Lua 5.4 as one writes it who wants to change its parts, a yardstick of the benchmark: environment,
-- reward, schedule, learning-rate rule, policy and algorithm are functions and tables of their own, no engine below.
-- Nothing is stored. Usage: lua5.4 lesson_roles.lua UPDATES SEED. Prints the loop's seconds (os.clock: those of the
-- processor, which can only favour this program) and the last bias.
local updates, seed = math.tointeger(tonumber(arg[1])), math.tointeger(tonumber(arg[2]))
math.randomseed(seed)

local environment = {}
function environment.reset(s, input) s.hunger = input.hunger end
function environment.step(s, action)
  s.portion = action == "norm" and "large" or "small"
  return true
end

local function schedule() return { hunger = math.random() } end
local function reward(s) return (s.portion == "large") == (s.hunger > 0.5) and 1 or -1 end
local function learning_rate() return 1.0 end

local policy = { weight = 20.0, bias = 0.0 }
function policy:probability(observation) return 1 / (1 + math.exp(-(self.weight * observation + self.bias))) end
function policy:act(observation) return math.random() < 1 - self:probability(observation) and "squatch" or "norm" end
function policy:derivative(observation, action) -- of the cross-entropy of the action by the bias
  local p = self:probability(observation)
  return action == "norm" and -(1 - p) or p
end

local function update(s)
  environment.reset(s, schedule())
  local observation = s.hunger
  local action = policy:act(observation)
  environment.step(s, action)
  local gradient = policy:derivative(observation, action) * reward(s)
  policy.bias = policy.bias - learning_rate() * gradient
end

local s = {}
local started = os.clock()
for _ = 1, updates do update(s) end
print(("%.9f %.17g"):format(os.clock() - started, policy.bias))
