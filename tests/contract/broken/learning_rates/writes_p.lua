-- expect: p may not be written
return function(p)
  p.seen = true
  return 0.1
end
