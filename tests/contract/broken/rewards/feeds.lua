-- expect: reward changes s: s.hunger was
-- with: --environment fry_shacks
return function(s)
  s.hunger = s.hunger / 2
  return 1
end
