-- Small policies and their batches, as the tests of policies and of their gradients use them.
local lure = lure_test.lure

local policies = {}

-- The lesson's.
function policies.shack(bias, precision)
  return lure.policy { { "linear", weight = 20, bias = bias or 0, train = { "bias" } }, "bernoulli",
                       inputs = 1, actions = 2, precision = precision or "double" }
end

function policies.mlp(more)
  local spec = { { "linear", 6 }, "tanh", "linear", "categorical", value = { { "linear", 5 }, "tanh", "linear" },
                 inputs = 3, actions = 4, precision = "double", seed = 3 }
  for key, x in pairs(more or {}) do spec[key] = x end
  return lure.policy(spec)
end

function policies.rows(n, width, seed, kind)
  return lure.normal({ n, width }, lure_test.rng(seed or 1), 0, 1, kind or "float64")
end

return policies
