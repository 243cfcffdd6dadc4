-- expect: limit_step_time reward
return function(s)
  return load(function() while true do end end) and 1 -- here
end
