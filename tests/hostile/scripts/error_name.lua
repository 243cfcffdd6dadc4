-- expect: script_error reward
-- says: an error that is a xxx
-- says: (reward 'error_name', update 1, episode 1, step 1)
return function(s) error(setmetatable({}, { __name = ("x"):rep(100000) })) end -- here
