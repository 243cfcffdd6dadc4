-- expect: term 'hint' is potential-based shaping with discount 0.95, but its potential at a terminated end was 3
-- with: --environment hall
return function(s, action, terminated, before)
  local hint = 0.95 * s.place - before.place
  return (terminated and 1 or 0) + hint, { hint = hint }
end
