-- expect: the reward is "good" (a string); expected a finite number
return function() return "good" end
