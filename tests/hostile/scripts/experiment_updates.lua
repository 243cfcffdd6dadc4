-- expect: script_error experiment
-- says: updates is 1e+300; expected a whole number >= 1
return { environment = "fry_shacks", updates = 1e300 }
