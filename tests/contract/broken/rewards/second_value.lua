-- expect: the reward's second value is
return function() return 1, 2 end
