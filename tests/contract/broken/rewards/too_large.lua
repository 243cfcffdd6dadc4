-- expect: expected at most 1e+06 on either side
-- with: --environment hall
return function(s) return s.place * 1e8 end
