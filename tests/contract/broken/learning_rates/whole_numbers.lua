-- expect: a training of 2^32 updates
return function(p) return (p.updates - p.update) * p.updates >= 0 and 0.1 or -0.1 end
