-- CartPole by PPO, tuned to learn it within 100,000 steps: the whole of 8 x 32 steps at once, 20 times.
-- Evaluated, ten seeds: 500 by each.
local function hidden(units) return { "linear", units, init = "orthogonal", gain = math.sqrt(2) } end

return {
  environment   = "cartpole",
  copies        = 8,
  algorithm     = { "ppo", num_steps = 32, num_minibatches = 1, update_epochs = 20, gamma = 0.98, gae_lambda = 0.8,
                    ent_coef = 0, clip_vloss = false },
  learning_rate = { "linear", first = 5e-4, last = 0 },
  optimizer     = { "adam", epsilon = 1e-5, clip_norm = 0.5 },
  policy        = { hidden(64), "tanh", hidden(64), "tanh",
                    { "linear", init = "orthogonal", gain = 0.01 }, "categorical",
                    value = { hidden(64), "tanh", hidden(64), "tanh", { "linear", init = "orthogonal" } } },
  updates       = 390, seeds = { from = 1, to = 10 }, -- 99,840 steps
}
