-- expect: ok reward
return function(s)
  local long = ("\u{7FFFFFFF}"):rep(1 << 20)
  assert(utf8.len(long, 1, -1, true) == 1 << 20 and utf8.len(long) == nil)
  assert(not pcall(utf8.codepoint, long, 1, -1) and not pcall(utf8.codepoint, "\xff") and not pcall(utf8.char, -1))
  assert(not pcall(function() for _ in utf8.codes("\xc0\x80") do end end))
  assert(utf8.offset(long, 1 << 20) and not pcall(utf8.offset, long, 1, 2))
  assert(not pcall(string.char, 256) and not pcall(string.char, table.unpack({}, 1, 300)))
  return (s.portion == "large") == (s.hunger > 0.5) and 1 or -1
end
