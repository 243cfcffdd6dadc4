-- NAME: what is tried here, in one line. Any value may be overridden: lure run NAME --set updates=1000
return {
  environment   = "fry_shacks",                     -- a name, a path, or { name, option = value }
  reward        = "right_portion",                  -- left out: the environment's own
  schedule      = "uniform_hunger",                 -- left out: reset gets an empty input
  learning_rate = { "linear", first = 0.1, last = 0.01 },
  algorithm     = { "reinforce", episodes = 10, baseline = "none", normalize = false },
  optimizer     = "adam",                           -- or "sgd", or { "adam", clip_norm = 0.5 }
  policy        = { { "linear", 8 }, "tanh", "linear", "categorical" }, -- layers, then a head
  updates       = 300,
  seeds         = { 1, 2, 3 },
}
