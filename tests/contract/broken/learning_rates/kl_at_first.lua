-- expect: attempt to compare
return function(p) return p.kl > 0.02 and 0.1 or 0.2 end
