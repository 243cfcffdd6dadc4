-- expect: the schedule returned 0.5; expected the input table
return function() return 0.5 end
