-- expect: attempt to perform arithmetic on a nil value (field 'altitude')
return function(s) return -s.altitude end
