-- expect: a training of one update
return function(p) return (p.update - 1) / (p.updates - 1) end
