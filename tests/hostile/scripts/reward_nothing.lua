-- expect: script_error reward
return function(s) end -- here
