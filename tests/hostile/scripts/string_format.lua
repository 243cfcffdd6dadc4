-- expect: ok reward
return function(s)
  local a = ("%99.99f"):format(-1.7976931348623157e308)
  local b = ("%.99g %a %i %c %q"):format(1e308, 5e-324, 1, 0, 1 / 3)
  local c = ("%-99.50s|"):format(("\255"):rep(1000))
  assert(#a > 300 and #b > 100 and #c == 100)
  assert(not pcall(string.format, "%100d", 1) and not pcall(string.format, "%.100f", 1) and not pcall(string.format, "%y", 1))
  assert(not pcall(string.format, "%p", {}) and not pcall(string.format, "%", 1) and not pcall(string.format, "%d", 1.5))
  return (s.portion == "large") == (s.hunger > 0.5) and 1 or -1
end
