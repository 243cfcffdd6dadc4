-- expect: expected a finite number >= 0
return function(p) return 1 - 1.1 * p.progress end
