-- expect: limit_memory reward
return function(s)
  local all = {}
  while true do all[#all + 1] = coroutine.create(print) end -- here
end
