-- expect: script_error algorithm
-- says: enough
return function(run, policy, optimizer, learning_rate)
  local layers = {}
  for i = 1, 5000 do layers[i] = "tanh" end
  layers[#layers + 1], layers.inputs, layers.actions = "categorical", 2, 2
  for _, spec in ipairs { {}, { "categorical" }, layers, { "linear", "categorical", inputs = -1, actions = 2 }, { "linear", "categorical", inputs = 1e300, actions = 2 },
                          { { "linear", -5 }, "linear", "categorical", inputs = 1, actions = 2 }, { { "linear", 1e300 }, "linear", "categorical", inputs = 1, actions = 2 },
                          { { "linear", 1 << 40 }, "linear", "categorical", inputs = 1 << 40, actions = 1 << 40 }, { { { { "linear" } } }, "categorical", inputs = 1, actions = 1 },
                          { "linear", "categorical", inputs = 2, actions = setmetatable({}, { __len = function() return 1 << 40 end }) },
                          { { "embedding", 1 << 50, n = 1 << 50 }, "linear", "categorical", inputs = 1, actions = 2 }, { { "linear", weight = 0 / 0 }, "bernoulli", inputs = 1, actions = 2 },
                          setmetatable({}, { __index = function() return {} end, __len = function() return math.maxinteger end }) } do
    pcall(lure.policy, spec)
  end
  error("enough") -- here
end
