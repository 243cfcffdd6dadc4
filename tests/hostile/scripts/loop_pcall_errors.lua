-- expect: limit_step_time reward
return function(s)
  repeat until pcall(error) -- here
  return 0
end
