-- expect: script_error reward
-- says: a message of ten million letters
return function(s) error("a message of ten million letters" .. ("!"):rep(10000000)) end -- here
