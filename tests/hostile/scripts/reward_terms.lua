-- expect: script_error reward
-- says: the reward's terms: a name of 12 bytes
return function(s)
  return 0, { ["a,b\n\"c\27[2J d"] = 1 }
end
