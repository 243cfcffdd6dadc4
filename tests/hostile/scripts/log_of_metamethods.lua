-- expect: script_error algorithm
return function(run, policy, optimizer, learning_rate)
  run:collect { episodes = 1 }
  run:log(setmetatable({}, { __pairs = function() while true do end end, __index = function() while true do end end })) -- here
  error("it was taken") -- here
end
