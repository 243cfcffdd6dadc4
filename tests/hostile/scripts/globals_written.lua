-- expect: script_error reward
-- says: a script may not write the global 'escaped'
return function(s) escaped = 1 return 0 end -- here
