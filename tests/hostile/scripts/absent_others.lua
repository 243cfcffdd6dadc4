-- expect: ok reward
return function(s)
  for _, name in ipairs { "package", "dofile", "loadfile", "os", "io", "debug", "require", "loadstring", "getfenv", "setfenv", "module",
                          "newproxy", "unpack", "warn", "rawnothing" } do
    assert(not pcall(function() return _G[name] end) and rawget(_G, name) == nil, name)
    assert(not pcall(load, "return " .. name .. ".x") or not pcall(load("return " .. name .. ".x")), name)
  end
  return (s.portion == "large") == (s.hunger > 0.5) and 1 or -1
end
