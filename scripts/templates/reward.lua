-- NAME: +1 for the portion our hunger asked for, -1 for the other. (Say in a line what is paid for.)
-- Written for the environment fry_shacks: it reads s.portion and s.hunger.
local o = options(..., { right = 1, wrong = -1 }) -- name = default; an unknown name is an error

-- s: the state after the step. Two more arguments may follow: terminated, and before, the observation before the
-- step by field name. A second result, { term = number }, names the parts of the reward.
return function(s, action)
  local wanted = s.hunger > 0.5 and "large" or "small"
  return s.portion == wanted and o.right or o.wrong
end
