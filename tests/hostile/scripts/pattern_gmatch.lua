-- expect: limit_step_time reward
return function(s)
  for _ in (("a"):rep(3000) .. "!"):gmatch("(a*)(a*)(a*)(a*)(a*)%?") do end -- here
  return 0
end
