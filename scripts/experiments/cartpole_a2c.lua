-- CartPole by the advantage actor-critic: 16 steps of 16 copies, one gradient; 1,952 updates are 499,712 steps.
local function hidden(units) return { "linear", units, init = "orthogonal", gain = math.sqrt(2) } end

return {
  environment   = "cartpole",
  copies        = 16,
  algorithm     = { "actor_critic", num_steps = 16, gamma = 0.99, gae_lambda = 0.95, norm_adv = true, ent_coef = 0 },
  learning_rate = { "linear", first = 1e-3, last = 0 },
  optimizer     = { "adam", epsilon = 1e-5, clip_norm = 0.5 },
  policy        = { hidden(64), "tanh", hidden(64), "tanh",
                    { "linear", init = "orthogonal", gain = 0.01 }, "categorical",
                    value = { hidden(64), "tanh", hidden(64), "tanh", { "linear", init = "orthogonal" } } },
  normalize_reward = true, -- values of up to 100 would be learned too slowly
  updates       = 1952, seeds = { from = 1, to = 10 },
}
