-- expect: gave nan at update 2 of 1000 (kl is infinite)
return function(p)
  local kl = p.kl or 0
  return 0.01 / (1 + kl) * kl + 0.001
end
