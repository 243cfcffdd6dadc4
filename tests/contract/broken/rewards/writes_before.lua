-- expect: reward changes before: before.place was
-- with: --environment hall
return function(s, action, terminated, before)
  before.place = s.place - before.place
  return before.place
end
