-- expect: script_error learning_rate
-- says: inf
return function(p) return p.update == 1 and 1 or math.huge end -- here
