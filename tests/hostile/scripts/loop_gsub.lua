-- expect: limit_step_time reward
return function(s)
  local text = ("x"):rep(100):gsub(".", function() while true do end end) -- here
  return #text
end
