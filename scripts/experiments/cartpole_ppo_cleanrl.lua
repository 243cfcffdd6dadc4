-- CartPole by PPO at CleanRL's settings: 976 updates of 4 x 128 steps are 499,712 steps.
-- The last 100 episodes of training, ten seeds: 500 by each.
local function hidden(units) return { "linear", units, init = "orthogonal", gain = math.sqrt(2) } end
local updates = 976

return {
  environment   = "cartpole",
  copies        = 4,
  algorithm     = "ppo",
  learning_rate = { "linear", first = 2.5e-4, last = 2.5e-4 / updates }, -- the last update still learns
  optimizer     = { "adam", epsilon = 1e-5, clip_norm = 0.5 },
  policy        = { hidden(64), "tanh", hidden(64), "tanh",
                    { "linear", init = "orthogonal", gain = 0.01 }, "categorical",
                    value = { hidden(64), "tanh", hidden(64), "tanh", { "linear", init = "orthogonal" } } },
  updates       = updates, seeds = { from = 1, to = 10 },
}
