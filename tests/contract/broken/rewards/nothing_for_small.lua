-- expect: the reward is nil; expected a finite number
return function(s)
  if s.portion == "large" then return 1 end
end
