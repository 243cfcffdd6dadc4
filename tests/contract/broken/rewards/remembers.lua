-- expect: a reward looks at s, action, terminated and before alone (look at the local 'last')
-- with: --environment fry_shacks
local last = 0
return function(s)
  local gain = s.hunger - last
  last = s.hunger
  return gain
end
