-- The ten-armed testbed, 2,000 problems at a time: sample averages and an even arm in one pull of ten.
return {
  environment   = "ten_armed_testbed",
  reward        = "payout_and_regret",
  algorithm     = { "epsilon_greedy", epsilon = 0.1 },
  policy        = { "linear", "categorical" },
  copies        = 2000,
  updates       = 1000,
  track         = "reward_optimal",
}
