-- Acrobot by PPO, tuned: observations and rewards normalised, 16 copies; 244 updates are 499,712 steps.
-- Evaluated, ten seeds: -80.2 (-84.2 to -73.6).
local function hidden(units) return { "linear", units, init = "orthogonal", gain = math.sqrt(2) } end

return {
  environment   = "acrobot",
  copies        = 16,
  algorithm     = { "ppo", num_steps = 128, num_minibatches = 8, update_epochs = 4, gae_lambda = 0.94, ent_coef = 0 },
  learning_rate = { "linear", first = 1e-3, last = 0 },
  optimizer     = { "adam", epsilon = 1e-5, clip_norm = 0.5 },
  policy        = { hidden(64), "tanh", hidden(64), "tanh",
                    { "linear", init = "orthogonal", gain = 0.01 }, "categorical",
                    value = { hidden(64), "tanh", hidden(64), "tanh", { "linear", init = "orthogonal" } } },
  normalize_observation = true, normalize_reward = true,
  updates       = 244, seeds = { from = 1, to = 10 },
}
