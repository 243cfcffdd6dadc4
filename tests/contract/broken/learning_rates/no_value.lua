-- expect: gave no value at update
return function(p)
  if p.update < 500 then return 0.1 end
end
