-- What the arm of a bandit paid; told beside it: how much less it pays on average than the best (regret), and whether
-- it was the best (optimal). For ten_armed_testbed.
return function(s)
  return s.payout, { regret = s.regret, optimal = s.arm == s.best and 1 or 0 }
end
