-- expect: the reward's terms hold string
return function() return 1, { portion = "large" } end
