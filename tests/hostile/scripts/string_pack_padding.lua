-- expect: limit_memory reward
return function(s) return #string.pack("c2000000000", "") end -- here
