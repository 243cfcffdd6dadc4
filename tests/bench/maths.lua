-- maths.lua: the loops of the maths benchmark, as a script would write them; run by maths.c, which times them. Returns
-- function(words) -> function(n): does it n times. The same measures as maths_torch.py, and some of lure alone.
local function sizes_of(name)
  local sizes = {}
  for size in name:gmatch("%d+") do sizes[#sizes + 1] = math.tointeger(size) end
  return sizes
end

-- 4-64-64: a list of linear layers with tanh behind each
local function hidden(sizes)
  local layers = {}
  for i = 2, #sizes - 1 do
    layers[#layers + 1] = { "linear", sizes[i] }
    layers[#layers + 1] = "tanh"
  end
  return layers
end

local function make_policy(name, with_value)
  local sizes = sizes_of(name)
  local spec = hidden(sizes)
  spec[#spec + 1] = "linear"
  spec[#spec + 1] = "categorical"
  if with_value then
    spec.value = hidden(sizes)
    spec.value[#spec.value + 1] = "linear"
  end
  spec.inputs, spec.actions, spec.seed = sizes[1], sizes[#sizes], 1
  return lure.policy(spec), sizes
end

local function make_batch(n, sizes)
  local rng = lure.rng(1)
  local actions = {}
  for i = 1, n do actions[i] = rng:integer(1, sizes[#sizes]) end
  return lure.normal({ n, sizes[1] }, rng, 0, 1, "float32"), lure.tensor(actions, "int32"),
         lure.normal({ n }, rng, 0, 1, "float32"), lure.normal({ n }, rng, 0, 1, "float32")
end

local measures = {}

function measures.forward(name, batch)
  local policy, sizes = make_policy(name)
  local observations = make_batch(batch, sizes)
  return function(n) for _ = 1, n do policy:forward(observations) end end
end

-- forward, cross-entropy, backward; each gradient is a new tensor, as no optimizer takes it
function measures.learn(name, batch)
  local policy, sizes = make_policy(name)
  local observations, actions = make_batch(batch, sizes)
  return function(n) for _ = 1, n do policy:gradient(observations, actions) end end
end

-- the same by the tape
function measures.tape(name, batch)
  local policy, sizes = make_policy(name)
  local observations, actions = make_batch(batch, sizes)
  local function loss() return -mean((policy:evaluate(observations, actions))) end
  return function(n) for _ = 1, n do differentiate(loss, policy) end end
end

function measures.adam(name)
  local policy, sizes = make_policy(name)
  local observations, actions = make_batch(8, sizes)
  local optimizer = lure.optimizer({ "adam", epsilon = 1e-5, clip_norm = 0.5 }, policy)
  local gradient = policy:gradient(observations, actions)
  return function(n) for _ = 1, n do optimizer:step(policy, gradient, 1e-4) end end
end

-- PPO's loss with a value network of its own: with the engine's fused nodes, ...
local function ppo(batch, make_loss)
  local policy, sizes = make_policy("4-64-64-2", true)
  local observations, actions, advantages, returns = make_batch(batch, sizes)
  local old = policy:evaluate(observations, actions)
  local loss = make_loss(policy, observations, actions, advantages, returns, old)
  return function(n) for _ = 1, n do differentiate(loss, policy) end end
end

function measures.ppo(batch)
  return ppo(batch, function(policy, observations, actions, advantages, returns, old)
    return function()
      local log_prob, entropy, value = policy:evaluate(observations, actions)
      return -mean(lure.clipped_surrogate(log_prob, old, advantages, 0.2)) - 0.01 * mean(entropy)
          + 0.25 * mean((value - returns) ^ 2)
    end
  end)
end

-- ... with the loss written out, ...
function measures.ppo_loss(batch)
  return ppo(batch, function(policy, observations, actions, advantages, returns, old)
    return function()
      local log_prob, entropy, value = policy:evaluate(observations, actions)
      local ratio = exp(log_prob - old)
      local surrogate = minimum(ratio * advantages, clamp(ratio, 0.8, 1.2) * advantages)
      return -mean(surrogate) - 0.01 * mean(entropy) + 0.5 * mean((value - returns) ^ 2) / 2
    end
  end)
end

-- ... and with the networks written out as well, operation by operation
function measures.ppo_operations(batch)
  return ppo(batch, function(policy, observations, actions, advantages, returns, old)
    local p = policy.parameters
    local function network(prefix)
      local x = observations
      x = tanh(matmul(x, p[prefix .. "linear1.weight"]) + p[prefix .. "linear1.bias"])
      x = tanh(matmul(x, p[prefix .. "linear2.weight"]) + p[prefix .. "linear2.bias"])
      return matmul(x, p[prefix .. "linear3.weight"]) + p[prefix .. "linear3.bias"]
    end
    return function()
      local log_p = log_softmax(network(""))
      local log_prob = gather(log_p, actions)
      local entropy = -sum(exp(log_p) * log_p, 2)
      local value = network("value."):select(2, 1)
      local ratio = exp(log_prob - old)
      local surrogate = minimum(ratio * advantages, clamp(ratio, 0.8, 1.2) * advantages)
      return -mean(surrogate) - 0.01 * mean(entropy) + 0.5 * mean((value - returns) ^ 2) / 2
    end
  end)
end

-- ---- crossing from Lua to C and back ----

function measures.method()
  local t = lure.zeros(4)
  return function(n) for _ = 1, n do t:size() end end
end

function measures.empty_loop()
  return function(n) for _ = 1, n do end end -- luacheck: ignore 542
end

function measures.fresh()
  return function(n) for _ = 1, n do lure.zeros(4) end end
end

function measures.add_small()
  local a, b = lure.tensor { 1, 2, 3, 4 }, lure.tensor { 5, 6, 7, 8 }
  return function(n) for _ = 1, n do local _ = a + b end end
end

function measures.add_128()
  local a, b = lure.ones({ 128 }, "float32"), lure.ones({ 128 }, "float32")
  return function(n) for _ = 1, n do local _ = a + b end end
end

return function(words)
  local list = {}
  for word in words:gmatch("%S+") do list[#list + 1] = math.tointeger(word) or word end
  return measures[table.remove(list, 1)](table.unpack(list))
end
