-- expect: limit_step_time learning_rate
return function(p)
  local rate = p.learning_rate or 1
  while rate > 0 do rate = rate + 1 end -- here
  return rate
end
