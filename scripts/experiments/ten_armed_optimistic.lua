-- The ten-armed testbed, 2,000 problems at a time: never exploring, but expecting 5 of every arm at first.
return {
  environment   = "ten_armed_testbed",
  reward        = "payout_and_regret",
  algorithm     = { "epsilon_greedy", epsilon = 0, initial = 5, sample_average = false },
  learning_rate = { "constant", rate = 0.1 },
  policy        = { "linear", "categorical" },
  copies        = 2000,
  updates       = 1000,
  track         = "reward_optimal",
}
