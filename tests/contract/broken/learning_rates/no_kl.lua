-- expect: kl, gradient norm and return are 0
return function(p) return p.kl and 0.01 / p.kl or 0.1 end
