-- expect: script_error reward
-- says: a message of ten million letters
-- says: (reward 'memory_errors', update 1, episode 1, step 1)
return function(s) error("a message of ten million letters" .. ("0123456789"):rep(1000000)) end -- here
