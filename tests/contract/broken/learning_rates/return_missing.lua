-- expect: bad argument #1 to 'abs'
return function(p)
  if p.update == 1 then return 0.1 end
  return 0.1 / (1 + math.abs(p.episode_return))
end
