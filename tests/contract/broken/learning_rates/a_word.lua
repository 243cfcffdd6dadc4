-- expect: gave fast at update 1
return function() return "fast" end
