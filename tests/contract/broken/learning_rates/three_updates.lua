-- expect: a training of three updates
return function(p) return 0.1 + 0.1 / (p.updates > 2 and p.updates - 3 or 1) end
