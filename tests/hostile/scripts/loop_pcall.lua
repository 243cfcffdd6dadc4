-- expect: limit_step_time reward
return function(s)
  while true do pcall(function() while true do end end) end -- here
end
