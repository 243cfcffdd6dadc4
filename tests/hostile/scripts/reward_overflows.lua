-- expect: script_error reward
-- says: the gradient is too large
return function(s) return (s.portion == "large") == (s.hunger > 0.5) and 1e308 or -1e308 end
