-- expect: limit_step_time reward
return function(s)
  table.sort({ 3, 1, 2 }, function(a, b) while true do end end) -- here
  return 0
end
