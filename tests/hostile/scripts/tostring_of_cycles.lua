-- expect: ok reward
return function(s)
  local t = {}
  t.t, t[t] = t, t
  setmetatable(t, { __index = t, __name = ("x"):rep(1000) })
  assert(tostring(t) == ("x"):rep(1000) and #("%s"):format(t) == 1000)
  assert(not pcall(tostring, setmetatable({}, { __tostring = function() return {} end })))
  assert(not pcall(tostring, setmetatable({}, { __tostring = 1 })))
  return (s.portion == "large") == (s.hunger > 0.5) and 1 or -1
end
