-- expect: script_error reward
-- says: pattern too complex
return function(s) return ("a"):rep(300):find(("a?"):rep(300) .. "b") end -- here
