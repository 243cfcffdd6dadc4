-- expect: ok reward
-- a script may spoil its own copy of the libraries, and its own alone
string.format, string.rep, table.insert, math.max = nil, nil, error, error
lure.tensor, lure.rng = nil, nil
return function(s)
  assert(("%d"):format(3) == "3" and ("x").rep and not string.rep)
  return (s.portion == "large") == (s.hunger > 0.5) and 1 or -1
end
