-- expect: the reward's terms hold "large" (a string); expected names with finite numbers
return function() return 1, { portion = "large" } end
