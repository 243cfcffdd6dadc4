-- expect: script_error algorithm
-- says: differentiate: it runs already
return function(run, policy, optimizer, learning_rate)
  differentiate(function() differentiate(function() return 1 end, policy) return 1 end, policy) -- here
end
