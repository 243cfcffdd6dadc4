-- The ten-armed testbed, 2,000 problems at a time, all paying 4 more: preferences, and a baseline that takes the 4
-- off.
return {
  environment   = { "ten_armed_testbed", mean = 4 },
  reward        = "payout_and_regret",
  algorithm     = { "gradient_bandit", baseline = true },
  learning_rate = { "constant", rate = 0.1 },
  policy        = { "linear", "categorical" },
  copies        = 2000,
  updates       = 1000,
  track         = "reward_optimal",
}
