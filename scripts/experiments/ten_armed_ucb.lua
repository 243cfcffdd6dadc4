-- The ten-armed testbed, 2,000 problems at a time: the arm that could be the best.
return {
  environment   = "ten_armed_testbed",
  reward        = "payout_and_regret",
  algorithm     = { "ucb", c = 2 },
  policy        = { "linear", "categorical" },
  copies        = 2000,
  updates       = 1000,
  track         = "reward_optimal",
}
