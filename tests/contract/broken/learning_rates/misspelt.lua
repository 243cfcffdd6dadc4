-- expect: p has no 'updtae'
return function(p) return 1 / p.updtae end
