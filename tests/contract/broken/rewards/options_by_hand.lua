-- expect: options are read from ... itself
local o = ... or {}
local right = o.right or 1
return function(s) return s.portion == "large" and right or -right end
