-- expect: the reward is good; expected a finite number
return function() return "good" end
