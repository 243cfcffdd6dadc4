-- For k_armed_bandit: minus what the best arm would have paid more on average. 0 for the best arm, no noise.
return function(s) return -s.regret end
