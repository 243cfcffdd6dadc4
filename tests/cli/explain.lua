-- explain.lua: checks what `lure explain --json` says; run by test_explain.sh as: lua5.4 explain.lua LURE
local lure = arg[1]
package.path = arg[0]:gsub("[^/]*$", "") .. "?.lua;" .. package.path
local json = require "json"

local passed, failed = 0, 0
local function check(condition, what)
  if condition then passed = passed + 1 else failed = failed + 1 print("FAILED " .. what) end
end
local function near(a, b, what, tolerance)
  local close = type(a) == "number" and math.abs(a - b) <= (tolerance or 1e-12) * math.max(1, math.abs(b))
  check(close, ("%s: %s, expected %s"):format(what, a, b))
end

local function explain(arguments)
  local pipe = assert(io.popen(("'%s' explain %s --json"):format(lure, arguments)))
  local text = pipe:read "a"
  local ok, _, code = pipe:close()
  check(ok, arguments .. ": exit " .. tostring(code))
  return json.decode(text)
end

-- The lesson's two worked updates, from their definitions (learning rate 1, hunger 0).
local told = explain "fry_shacks --draws 0.2,0.9 --input hunger=0"
check(told.schema == "lure.explain/1" and #told.updates == 2, "schema and two updates")
local bias = 0.0
for i, expected in ipairs { { action = "squatch", reward = 1, draw = 0.2 }, { action = "norm", reward = -1, draw = 0.9 } } do
  local u = told.updates[i]
  local p = 1 / (1 + math.exp(-bias))
  local taken = expected.action == "norm" and p or 1 - p
  local dce_dp = expected.action == "norm" and -1 / p or 1 / (1 - p)
  local derivative = dce_dp * p * (1 - p)
  local name = "update " .. i .. " "
  check(#u.observation == 1 and u.observation[1] == 0, name .. "observation")
  near(u.probabilities.norm, p, name .. "p(norm)")
  near(u.probabilities.squatch, 1 - p, name .. "p(squatch)")
  check(u.draw == expected.draw and u.action == expected.action, name .. "draw and action")
  near(u.cross_entropy, -math.log(taken), name .. "cross-entropy")
  check(u.reward == expected.reward and u.learning_rate == 1, name .. "reward and rate")
  local b = u.parameters.bias
  near(b.before, bias, name .. "before")
  check(#b.chain == 3 and b.chain[1].name == "dCE/dp" and b.chain[2].name == "dp/dx" and b.chain[3].name == "dx/dbias",
    name .. "names of the chain")
  near(b.chain[1].value, dce_dp, name .. "dCE/dp")
  near(b.chain[2].value, p * (1 - p), name .. "dp/dx")
  near(b.chain[3].value, 1, name .. "dx/dbias")
  near(b.derivative, derivative, name .. "derivative")
  near(b.updated_derivative, derivative * expected.reward, name .. "updated derivative")
  near(b.step_size, derivative * expected.reward, name .. "step size")
  bias = bias - derivative * expected.reward
  near(b.after, bias, name .. "after")
  check(u.parameters.weight == nil, name .. "the fixed weight is not told")
end
near(bias, -1.1224593312, "the lesson's bias", 1e-9)
near(told.updates[2].probabilities_after.norm, 1 / (1 + math.exp(-bias)), "p(norm) afterwards")

-- The rate scales the step alone, and a trained weight is told too: dx/dweight is what it multiplies.
local rate = explain "fry_shacks --draws 0.9 --input hunger=0.25 --set learning_rate.rate=0.1 --set 'policy.1.train={\"weight\",\"bias\"}'"
local u = rate.updates[1]
near(u.parameters.bias.step_size, 0.1 * u.parameters.bias.updated_derivative, "rate 0.1")
near(u.parameters.weight.chain[3].value, 0.25, "dx/dweight is the observation")
near(u.parameters.weight.derivative, 0.25 * u.parameters.bias.derivative, "the weight's derivative")

-- Any other experiment: the factors' product is the derivative, the step is what was subtracted.
for _, arguments in ipairs { "k_armed_bandit --updates 2", "gridworld --seed 3 --set algorithm.episodes=1 --set environment.max_steps=20",
  "cartpole_reinforce --set 'policy={\"linear\",\"categorical\"}' --set precision=double",
  "fry_shacks --updates 2 --set algorithm=reinforce --set 'policy={{\"linear\",3},\"tanh\",\"linear\",\"categorical\"}'" } do
  for _, update in ipairs(explain(arguments).updates) do
    local worst, n = 0, 0
    for _, parameter in pairs(update.parameters) do
      for _, step in ipairs(parameter.steps or { parameter }) do
        local product = 1
        for _, factor in ipairs(step.chain) do product = product * factor.value end
        worst = math.max(worst, math.abs(product - step.derivative))
        n = n + 1
      end
      near(parameter.after, parameter.before - parameter.step_size, arguments .. ": after", 1e-6)
    end
    check(n > 0 and worst < 1e-6, ("%s: the chain's product is off by %g over %d"):format(arguments, worst, n))
    for _, step in ipairs(update.steps or { update }) do
      local sum = 0
      for _, p in pairs(step.probabilities) do sum = sum + p end
      near(sum, 1, arguments .. ": probabilities sum to 1", 1e-9)
      near(step.cross_entropy, -math.log(step.probabilities[step.action]), arguments .. ": cross-entropy", 1e-6)
    end
  end
end

-- Without forcing it tells what a run does: the same seed, the same first update.
local first = explain "fry_shacks --seed 7".updates[1]
local folder = os.tmpname()
os.remove(folder)
check(os.execute(("'%s' run fry_shacks --seed 7 --set updates=1 --out %s >/dev/null"):format(lure, folder)), "a run beside it")
local rows = assert(io.open(folder .. "/metrics.csv")):read "a"
near(tonumber(rows:match "\n.-([^,\n]*),[^,\n]*\n$"), first.parameters.bias.after, "the run's bias after one update", 1e-15)
os.execute("rm -rf " .. folder)

print(("%d passed, %d failed"):format(passed, failed))
os.exit(failed == 0)
