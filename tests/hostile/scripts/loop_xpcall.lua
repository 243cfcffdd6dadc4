-- expect: limit_step_time reward
return function(s)
  while true do
    xpcall(error, function() while true do end end, "x") -- here
  end
end
