-- Pendulum by PPO, tuned: the torque is a number; 4 copies of 1,024 steps, ten times through them; 73 updates are
-- 299,008 steps. Evaluated, ten seeds: -170.0 (-196.2 to -157.7).
local function hidden(units) return { "linear", units, init = "orthogonal", gain = math.sqrt(2) } end

return {
  environment   = "pendulum",
  copies        = 4,
  algorithm     = { "ppo", num_steps = 1024, num_minibatches = 8, update_epochs = 10, gamma = 0.9, ent_coef = 0,
                    clip_vloss = false },
  learning_rate = { "linear", first = 1e-3, last = 0 },
  optimizer     = { "adam", epsilon = 1e-5, clip_norm = 0.5 },
  policy        = { hidden(64), "tanh", hidden(64), "tanh", { "linear", init = "orthogonal", gain = 0.01 },
                    { "gaussian", log_std = 0 },
                    value = { hidden(64), "tanh", hidden(64), "tanh", { "linear", init = "orthogonal" } } },
  normalize_reward = { discount = 0.9 },
  updates       = 73, seeds = { from = 1, to = 10 },
}
