-- expect: script_error reward
-- says: enough
return function(s)
  print(("\27[31m\7x"):rep(1000))
  error("enough") -- here
end
