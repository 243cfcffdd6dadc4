-- maths.lua: the loops of the maths benchmark, as a script would write them; run by maths.c, which times them. Returns
-- function(words) -> function(n): does it n times. The same measures as maths_torch.py, and some of lure alone.
local function sizes_of(name)
  local sizes = {}
  for size in name:gmatch("%d+") do sizes[#sizes + 1] = math.tointeger(size) end
  return sizes
end

-- 4-64-64-2: tanh between linear layers; options go into the policy's table
local function make_policy(name, options)
  local sizes = sizes_of(name)
  local spec = { inputs = sizes[1], actions = sizes[#sizes], seed = 1 }
  for i = 2, #sizes - 1 do
    spec[#spec + 1] = { "linear", sizes[i] }
    spec[#spec + 1] = "tanh"
  end
  spec[#spec + 1] = "linear"
  spec[#spec + 1] = "categorical"
  for key, value in pairs(options or {}) do spec[key] = value end
  return lure.policy(spec), sizes
end

local function make_batch(n, sizes)
  local rng = lure.rng(1)
  local actions = {}
  for i = 1, n do actions[i] = rng:integer(1, sizes[#sizes]) end
  return lure.normal({ n, sizes[1] }, rng, 0, 1, "float32"), lure.actions(actions)
end

local measures = {}

function measures.forward(name, batch)
  local policy, sizes = make_policy(name)
  local observations = make_batch(batch, sizes)
  return function(n) for _ = 1, n do policy:forward(observations) end end
end

function measures.learn(name, batch)
  local policy, sizes = make_policy(name)
  local observations, actions = make_batch(batch, sizes)
  local optimizer = lure.optimizer("sgd", policy)
  return function(n)
    for _ = 1, n do
      local gradient = policy:gradient(observations, actions)
      optimizer:step(policy, gradient, 0)
    end
  end
end

return function(words)
  local list = {}
  for word in words:gmatch("%S+") do list[#list + 1] = math.tointeger(word) or word end
  return measures[table.remove(list, 1)](table.unpack(list))
end
