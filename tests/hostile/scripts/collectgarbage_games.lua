-- expect: ok reward
return function(s)
  for _, option in ipairs { "stop", "restart", "step", "setpause", "setstepmul", "incremental", "generational", "isrunning", "x" } do
    assert(not pcall(collectgarbage, option, 0), option)
  end
  for _ = 1, 3 do collectgarbage() assert(collectgarbage("count") > 0) end
  return (s.portion == "large") == (s.hunger > 0.5) and 1 or -1
end
